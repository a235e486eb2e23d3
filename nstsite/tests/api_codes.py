"""Every code that an error of the API can have, read from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from nstsite.env import PROJECT_DIR
from stylizer.paint_choices import PARSERS

PACKAGES = ("stylizer", "gallery", "accounts")
STATUS_ARGUMENTS = {"status", "http_status"}
RAISERS = {"Rejected": 400, "error_response": 400, "PermissionDenied": 403}
"""What makes an error of a code, and its status where none is named."""
OF_REST_FRAMEWORK = {
    "authentication_failed": 401,
    "invalid": 400,
    "method_not_allowed": 405,
    "not_authenticated": 401,
    "not_found": 404,
    "parse_error": 400,
    "permission_denied": 403,
    "throttled": 429,
    "unsupported_media_type": 415,
}
OF_COMMANDS_ONLY = {"cannot_store", "no_database", "not_migrated"}
"""manage.py publish_style says them on a terminal."""


def codes_in_the_source() -> dict[str, set[int]]:
    """Return each with the statuses it comes with."""
    # Those of paint_choices.py are made from names.
    found = {code: {status} for code, status in OF_REST_FRAMEWORK.items()}
    found |= {f"{name}_invalid": {400} for name in PARSERS}
    for package in PACKAGES:
        for path in sorted((PROJECT_DIR / package).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                for code, status in _codes(path):
                    found.setdefault(code, set()).add(status)
    return {code: statuses for code, statuses in found.items() if code not in OF_COMMANDS_ONLY}


def reasons_in_the_source() -> set[str]:
    """Return the codes of jobs that failed: what the stylizer says itself, and mlcore's errors while it paints."""
    found = {"image_unreadable", "image_too_large", "checkpoint_invalid", "engine_unavailable", "worker_lost"}
    for path in (PROJECT_DIR / "stylizer").glob("*job*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
                "fail",
                "retry_later",
                "_failed",
            }:
                found |= {
                    arg.value for arg in node.args if isinstance(arg, ast.Constant) and "_" in str(arg.value)[:20]
                }
    return {code for code in found if re.fullmatch(r"[a-z0-9_]+", code)}


def _codes(path: Path) -> Iterator[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # Functions that make a refusal of a code they are given are looked through to their callers.
    helpers = {
        node.name: 400
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.args.args and node.args.args[0].arg == "code"
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in RAISERS | helpers:
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        codes = [named["code"]] if "code" in named else node.args[:1] if name != "PermissionDenied" else []
        for code in codes:
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                said = [_number(named[word]) for word in STATUS_ARGUMENTS & named.keys()]
                yield code.value, said[0] if said else (RAISERS | helpers)[name]


def _number(node: ast.expr) -> int:
    """Return a status that is written as a number or as status.HTTP_409_CONFLICT."""
    found = re.search(r"\d{3}", ast.unparse(node))
    assert found, ast.unparse(node)
    return int(found[0])

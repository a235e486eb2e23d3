"""README's table of settings says what env.py reads: no variable more, none fewer, the same type, default and text."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from nstsite.env import PROJECT_DIR, Environment, read_environment, variable_name

TYPES = {bool: "true or false", int: "whole number", str: "text", Path: "path", list[str]: "list"}


def expected_row(field: dataclasses.Field[Any], hint: Any) -> str:
    default = getattr(Environment(), field.name)
    if field.name == "data_dir":
        assert default == PROJECT_DIR
        shown = "the checkout"
    elif isinstance(default, list):
        shown = f"`{','.join(default)}`" if default else "empty"
    elif isinstance(default, bool):
        shown = f"`{str(default).lower()}`"
    else:
        shown = f"`{default}`" if default != "" else "empty"
    return f"| `{variable_name(field)}` | {TYPES[hint]} | {shown} | {field.metadata['help']} |"


def test_readme_lists_every_setting() -> None:
    hints = get_type_hints(Environment)
    expected = [expected_row(field, hints[field.name]) for field in dataclasses.fields(Environment)]
    readme = (PROJECT_DIR / "README.md").read_text()
    assert re.findall(r"^\| `(?:EASEL_|DATABASE_URL|REDIS_URL|STORAGE_URL).*$", readme, re.MULTILINE) == expected


@pytest.mark.parametrize("document", ["README.md", "docs/deployment.md", ".env.example"])
def test_documents_name_no_setting_that_does_not_exist(document: str) -> None:
    known = {variable_name(field) for field in dataclasses.fields(Environment)}
    named = set(re.findall(r"\bEASEL_[A-Z_]+\b", (PROJECT_DIR / document).read_text()))
    assert named, f"{document} names no setting where this test looks"
    assert named <= known


def test_the_values_of_env_example_are_accepted() -> None:
    lines = re.findall(r"^# ?([A-Z_]+)=(.*)$", (PROJECT_DIR / ".env.example").read_text(), re.MULTILINE)
    values = dict(lines)
    assert values["EASEL_HTTPS"]
    assert read_environment(values).https

"""Who is answered what by every operation of the API, as a table in docs/api.md, from the rows of test_access.py.

``make api-docs`` writes it. The rows are requests that test_access.py really sends.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import django

from nstsite.env import PROJECT_DIR

API_GUIDE = PROJECT_DIR / "docs" / "api.md"
_BEGIN, _END = "<!-- access matrix: make api-docs writes it -->", "<!-- end of the access matrix -->"
_HEAD = "| operation | anonymous | another member | owner | staff |\n| --- | --- | --- | --- | --- |\n"


class MissingRow(Exception):
    """An operation that no row of test_access.py asks for."""


def matrix() -> str:
    """Return the table.

    Raises:
        MissingRow: naming the operations.
    """
    from nstsite.tests.test_access import ROWS, Row

    rows: dict[tuple[str, str], Row] = {}
    for row in ROWS:
        rows.setdefault((row.name, row.method), row)
    lines, missing = [], []
    for method, path, name in operations():
        row = rows.get((name, method))
        if row is None:
            missing.append(f"{method} {path} ({name})")
        else:
            lines.append(f"| `{method} {path}` | {row.anonymous} | {row.charlie} | {row.alice} | {row.bob} |\n")
    if missing:
        raise MissingRow("Add rows to ROWS in nstsite/tests/test_access.py for: " + ", ".join(missing))
    return _HEAD + "".join(lines)


def operations() -> list[tuple[str, str, str]]:
    """Return method, address and the view's name of everything that the API's description has."""
    from django.urls import resolve
    from drf_spectacular.generators import SchemaGenerator

    document: Any = SchemaGenerator().get_schema(request=None, public=True)
    return [
        (method.upper(), path, resolve(_filled(path, operation)).view_name)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def _filled(path: str, operation: Any) -> str:
    """Return an address like those of the path, by the types of its gaps."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            schema = parameter["schema"]
            some = {"uuid": "00000000-0000-4000-8000-000000000000"}.get(schema.get("format"), "waves")
            path = path.replace(f"{{{parameter['name']}}}", "1" if schema["type"] == "integer" else some)
    return path


def with_matrix(guide: str, table: str) -> str:
    """Return the guide with this table in its place."""
    begin, end = guide.index(_BEGIN) + len(_BEGIN), guide.index(_END)
    return f"{guide[:begin]}\n\n{table}\n{guide[end:]}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nstsite.tests.settings")
    django.setup()
    try:
        found = matrix()
    except MissingRow as error:
        sys.exit(str(error))
    API_GUIDE.write_text(with_matrix(API_GUIDE.read_text(encoding="utf-8"), found), encoding="utf-8")

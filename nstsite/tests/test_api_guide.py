"""docs/api.md says what is so: every code, and who is answered what. live/test_api_recipes.py runs its recipes."""

from __future__ import annotations

import re

import pytest
import yaml

from nstsite.env import PROJECT_DIR
from nstsite.tests.api_codes import codes_in_the_source, reasons_in_the_source
from nstsite.tests.api_matrix import API_GUIDE, MissingRow, matrix, operations, with_matrix

GUIDE = API_GUIDE.read_text(encoding="utf-8")


def codes_in_the_guide() -> list[tuple[str, set[int]]]:
    section = GUIDE[GUIDE.index("## Codes") : GUIDE.index("## Why a job failed")]
    rows = re.findall(r"^\| `(\w+)` \| ([\d, ]+) \| \S.* \|$", section, re.MULTILINE)
    assert len(rows) == section.count("\n| `"), "a row is not of the form | `code` | status | when |"
    return [(code, {int(status) for status in statuses.split(",")}) for code, statuses in rows]


def test_every_code_has_a_row_with_its_status() -> None:
    listed, raised = dict(codes_in_the_guide()), codes_in_the_source()
    missing, outdated = raised.keys() - listed.keys(), listed.keys() - raised.keys()
    assert not missing, f"add a row under “Codes” in docs/api.md for each: {sorted(missing)}"
    assert not outdated, f"no code raises these, which docs/api.md lists: {sorted(outdated)}"
    assert listed == raised


def test_the_codes_are_in_order() -> None:
    codes = [code for code, _ in codes_in_the_guide()]
    assert codes == sorted(set(codes))


def test_every_code_of_the_description_has_a_row() -> None:
    text = (PROJECT_DIR / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    found = set(re.findall(r"^\s+code: (\w+)$", text, re.MULTILINE)) | set(re.findall(r"\* `(\w+)`:", text))
    assert len(found) > 20
    assert found <= dict(codes_in_the_guide()).keys() | reasons_in_the_source()


def test_the_access_matrix_is_current_and_whole() -> None:
    try:
        table = matrix()
    except MissingRow as error:
        pytest.fail(str(error), pytrace=False)
    if with_matrix(GUIDE, table) != GUIDE:
        pytest.fail(
            "The access matrix in docs/api.md is not what test_access.py says. Run `make api-docs`.", pytrace=False
        )


def test_the_matrix_asks_for_every_operation() -> None:
    document = yaml.safe_load((PROJECT_DIR / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    count = sum(
        method in {"get", "post", "put", "patch", "delete"} for item in document["paths"].values() for method in item
    )
    assert len(operations()) == count
    assert matrix().count("\n| `") == count


def test_every_reason_of_a_failed_job_has_a_row() -> None:
    section = GUIDE[GUIDE.index("## Why a job failed") :]
    assert reasons_in_the_source() <= set(re.findall(r"^\| `(\w+)` \| \S.* \|$", section, re.MULTILINE))

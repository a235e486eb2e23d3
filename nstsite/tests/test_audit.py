"""What is said of a report of pip-audit's: weaknesses fail, and what was not audited is not called fine."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from nstsite.env import PROJECT_DIR


@pytest.fixture
def judge() -> Any:
    specification = importlib.util.spec_from_file_location("audit", PROJECT_DIR / "bin" / "audit.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.judge


FINE = {"name": "django", "version": "5.2.19", "vulns": []}
UNKNOWN = {"name": "knox", "skip_reason": "Dependency not found on PyPI and could not be audited: knox (5.1.0)"}
WEAK = {
    "name": "pillow",
    "version": "9.0.0",
    "vulns": [{"id": "PYSEC-2022-42979", "fix_versions": ["9.2.0"], "aliases": [], "description": "…"}],
}


def test_a_weakness_fails_and_names_the_way_out(judge: Any) -> None:
    status, lines = judge({"dependencies": [FINE, WEAK], "fixes": []})
    assert status == 1
    assert lines[0] == "error: pillow 9.0.0: PYSEC-2022-42979, mended in 9.2.0."


def test_what_was_not_audited_is_not_called_fine(judge: Any) -> None:
    assert judge({"dependencies": [UNKNOWN, UNKNOWN]}) == (
        0,
        ["The database of known weaknesses cannot be reached from here: no package was audited."],
    )
    status, lines = judge({"dependencies": [FINE, UNKNOWN]})
    assert status == 0
    assert lines == [
        "Not audited, for the database does not know them: knox.",
        "1 packages audited, no known weakness.",
    ]

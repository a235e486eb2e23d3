"""docs/security.md names tests that exist: a threat whose test was renamed or removed fails here."""

from __future__ import annotations

import re

from nstsite.env import PROJECT_DIR

FOLDERS = ("accounts", "gallery", "mlcore", "nstsite", "stylizer", "clients")


def test_every_test_that_is_named_exists() -> None:
    text = (PROJECT_DIR / "docs/security.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", text))
    written = {
        name
        for folder in FOLDERS
        for path in (PROJECT_DIR / folder).rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }
    assert named - written == set()
    assert len(named) > 30


def test_every_threat_has_one() -> None:
    text = (PROJECT_DIR / "docs/security.md").read_text()
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)[2:]
    assert len(rows) > 20
    assert [threat for threat, _, tests in rows if "`test_" not in tests] == []

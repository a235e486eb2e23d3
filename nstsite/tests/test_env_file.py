"""``bin/with-env`` gives commands the variables of ``.env``."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nstsite.env import PROJECT_DIR


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    shutil.copy(PROJECT_DIR / "bin" / "with-env", tmp_path / "bin")
    return tmp_path


def run(checkout: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "bin" / "with-env", *command], env=os.environ | variables, capture_output=True, text=True
    )


def test_values_are_taken_as_they_stand(checkout: Path) -> None:
    (checkout / ".env").write_text(
        "# comment\n\nFIRST=one two\nSECOND=\"quoted $HOME\"\nTHIRD='single'\nFOURTH=a=b#c\r\nFIFTH="
    )
    done = run(checkout, "sh", "-c", 'echo "$FIRST|$SECOND|$THIRD|$FOURTH|${FIFTH-unset}"')
    assert done.stdout == "one two|quoted $HOME|single|a=b#c|\n"


def test_what_is_set_already_wins(checkout: Path) -> None:
    (checkout / ".env").write_text("PORT=8000\n")
    assert run(checkout, "printenv", "PORT", PORT="8123").stdout == "8123\n"


def test_a_line_that_is_no_setting_is_named_and_nothing_runs(checkout: Path) -> None:
    (checkout / ".env").write_text("FIRST=1\nexport SECOND=2\n")
    done = run(checkout, "echo", "ran")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: line 2 of .env is not NAME=value\n"


def test_without_the_file_the_command_runs_and_its_status_is_kept(checkout: Path) -> None:
    assert run(checkout, "sh", "-c", "exit 7").returncode == 7

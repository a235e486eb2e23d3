"""A skipped test fails a run in continuous integration, whether tests run one by one or beside each other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nstsite.env import PROJECT_DIR

TESTS = """
import pytest

def test_that_runs():
    pass

@pytest.mark.skip(reason="not here")
def test_that_does_not():
    pass
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_skipped_test_fails_the_run_in_ci_alone(processes: str, tmp_path: Path) -> None:
    (tmp_path / "test_something.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    rules = ["-p", "nstsite.tests.refused_skips", "-p", "no:django"]
    outputs = {}
    for ci, status in (("", 0), ("true", 1)):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *rules, "-n", processes, "test_something.py"],
            cwd=tmp_path,
            env=os.environ | {"CI": ci, "PYTHONPATH": str(PROJECT_DIR)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == status, done.stdout + done.stderr
        outputs[ci] = done.stdout
    assert "skipped, but must run in CI" not in outputs[""]
    _, _, refused = outputs["true"].partition("skipped, but must run in CI")
    assert refused.splitlines()[1] == "test_something.py::test_that_does_not"

"""Web processes stay small and start fast because torch is for workers and commands only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]


def test_no_page_loads_torch(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "nstsite.settings",
        "EASEL_DATA_DIR": str(tmp_path),
        "EASEL_DEBUG": "1",  # static files without a collected manifest
        "EASEL_SYNC_WAIT_SECONDS": "1",  # nobody paints here
        "DATABASE_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "nstsite.tests.web_tour"],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["torch"] == []

    visited = answer["visited"]
    assert {visit: status for visit, status in visited.items() if status == 500} == {}
    # The tour counts only if it was let in.
    for visit in (
        "anyone GET /",
        "alice GET /studio/",
        "alice GET /stylizations/",
        "alice GET /gallery/mine/",
        "anyone GET /gallery/",
        "anyone GET /api/v1/styles/",
        "program GET /api/v1/stylizations/",
        "bob GET /admin/",
        "bob GET /admin/stylizer/style/add/",
    ):
        assert visited[visit] == 200, visit
    assert visited["alice POST /studio/"] == 302
    assert visited["program POST /api/v1/stylizations/"] == 202

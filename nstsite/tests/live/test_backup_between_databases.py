"""From SQLite into PostgreSQL and back again: every row and every file is there, and what was painted can be seen."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.backup import contents
from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import Program
from nstsite.tests.live.waiting import wait_for


def parts(backup: Path) -> dict[str, str]:
    """Return the checksum of every file, and of every row of the database, by its text."""
    with tarfile.open(backup) as archive:
        found = {entry.name: archive.extractfile(entry).read() for entry in archive}
    lines = gzip.decompress(found.pop(contents.DATABASE)).splitlines()
    # PostgreSQL keeps the keys of a JSON column in an order of its own.
    rows = [json.dumps(json.loads(line), sort_keys=True) for line in lines]
    files = {name: content for name, content in found.items() if name.startswith(contents.MEDIA)}
    counts = Counter(rows)
    assert len(rows) > 8
    assert len(files) > 8
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} | {
        row: str(count) for row, count in counts.items()
    }


@pytest.mark.timeout(900)
def test_from_one_to_the_other_and_back(
    new_site: Callable[..., LiveSite], program: Callable[..., Program], postgresql: str, tmp_path: Path
) -> None:
    sqlite = new_site()
    sqlite.start_web()
    sqlite.start_worker()
    alice = program(sqlite, "alice")
    job = alice.submit(photo(160, 120), 96)
    wait_for("the painting", lambda: sqlite.job(job["id"]).finished_at)
    painted = alice.get(alice.job(job["id"])["result_url"])
    sqlite.stop()

    backups = [tmp_path / f"{number}.tar" for number in range(3)]
    sqlite.run("manage.py", "backup", str(backups[0]))
    there = LiveSite(tmp_path / "there", DATABASE_URL=postgresql)
    there.run("manage.py", "restore", str(backups[0]))
    there.run("manage.py", "backup", str(backups[1]))
    back = LiveSite(tmp_path / "back")
    back.run("manage.py", "restore", str(backups[1]))
    back.run("manage.py", "backup", str(backups[2]))
    first, second, third = map(parts, backups)
    assert first == second
    assert second == third

    there.start_web()
    try:
        elsewhere = alice.at(there.url)
        assert elsewhere.get(elsewhere.job(job["id"])["result_url"]) == painted
    finally:
        there.stop()

"""Whatever fails, no job is lost, none is done twice, no file is left, no result is half of one, and reasons are told.

``make test`` tries the cheaper faults once or twice; ``make test-faults`` tries all of them twenty times
(``FAULT_TRIES``), and with ``FAULT_ROWS=disk,web`` only those whose name has such a word in it. Both print a table.
"""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from nstsite.tests.live import postgresql, redis_server
from nstsite.tests.live.faults.fault_site import FaultSite, fault_site
from nstsite.tests.live.faults.rows import ROWS
from nstsite.tests.live.faults.tally import Tally, table

FULL = os.environ.get("FAULTS") == "full"
TRIES = int(os.environ.get("FAULT_TRIES") or 20)
ONLY = os.environ.get("FAULT_ROWS", "").split(",")


@pytest.fixture
def site(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultSite]:
    programs, redis = postgresql.programs(), redis_server.program()
    for missing in (*([] if programs else [postgresql.MISSING]), *([] if redis else [redis_server.MISSING])):
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    assert programs is not None
    assert redis is not None
    with fault_site(tmp_path_factory.mktemp("faults"), installation, programs, redis) as site:
        yield site


@pytest.mark.timeout(7200 if FULL else 600)
def test_nothing_is_lost_nothing_doubled_and_nothing_left(site: FaultSite, request: pytest.FixtureRequest) -> None:
    seed = int(os.environ.get("FAULT_SEED") or time.time())
    lines = [f"seed {seed} (FAULT_SEED)"]
    tallies: list[Tally] = []
    problems: list[str] = []
    for row in ROWS:
        tries = TRIES if FULL else row.short_tries
        if not tries or not any(word in row.name for word in ONLY):
            continue
        if reason := row.cannot_run(site):
            lines.append(f"{row.name}: not tried, {reason}")
            continue
        started = time.monotonic()
        try:
            tallies += row.run(site, random.Random(f"{seed} {row.name}"), tries)
        except Exception:  # the other rows and the table are worth having all the same
            problems.append(f"{row.name}: {traceback.format_exc()}")
            site.end_workers()
        _say(request, f"{row.name}: {time.monotonic() - started:.0f} s")
    problems += [problem for tally in tallies for problem in tally.problems]
    text = "\n".join([*lines, "", table(tallies), "", *problems])
    _say(request, text)
    assert problems == [], text
    assert tallies, "no row has such a name"


def _say(request: pytest.FixtureRequest, text: str) -> None:
    """Write past pytest's capture: the table is what this is run for."""
    if FULL:
        manager = request.config.pluginmanager.getplugin("capturemanager")
        with manager.global_and_fixture_disabled():
            print(f"\n{text}", flush=True)  # noqa: T201

"""What the API's description says is so, whatever is asked: schemathesis against a server with a worker.

``make test`` asks a little; ``make test-api-fuzz`` everything, as a member and as staff.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nstsite.tests.live.fuzz.api_fuzz import ALL_PHASES, UNLIMITED, fuzz, make_accounts
from nstsite.tests.live.live_site import LiveSite

FULL = os.environ.get("FUZZ") == "full"
LEAST_CASES = 2000
"""Of a full run, in total."""


@pytest.mark.timeout(3600 if FULL else 600)
def test_every_answer_is_what_the_description_says(new_site: Callable[..., LiveSite], tmp_path: Path) -> None:
    site = new_site(**UNLIMITED)
    tokens = make_accounts(site)
    site.start_web()
    site.start_worker()
    cases = 0
    # Staff last: they may retire the very styles that others paint in.
    for name, token in tokens.items() if FULL else [("dora", tokens["dora"])]:
        phases = ALL_PHASES if FULL else "examples,fuzzing"
        report = fuzz(site, name, token, tmp_path, examples=3 if FULL else 1, phases=phases)
        assert report.is_clean, f"as {name}\n{report.text[-20_000:]}"
        cases += report.cases
    assert cases >= (LEAST_CASES if FULL else 50)

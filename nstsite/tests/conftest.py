"""An installation to start programs in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import PASSWORD
from nstsite.tests.live.store import MISSING as MISSING_STORE
from nstsite.tests.live.store import Store, is_installed, running_store
from nstsite.tests.once_a_run import once_a_run

MAKE_USERS = f"""
from django.contrib.auth.models import User
for name in ("alice", "charlie"):
    User.objects.create_user(name, password={PASSWORD!r})
"""


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a fresh installation in which Alice and Charlie have accounts; to be copied, not used."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the tests of whole processes look at them through Linux's /proc")

    def install(folder: Path) -> None:
        site = LiveSite(folder)
        site.run("bin/prepare.py")
        site.run("manage.py", "shell", "--no-imports", "-c", MAKE_USERS)

    return once_a_run(tmp_path_factory, "installation", install)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """An S3-compatible store with an empty bucket; without Swift the test is skipped, or in CI fails."""
    if not is_installed():
        if os.environ.get("CI"):
            pytest.fail(MISSING_STORE)
        pytest.skip(MISSING_STORE)
    with running_store() as running:
        yield running

"""Damaged photos and checkpoints: whatever is sent, it is taken or refused with a sentence, and nothing is left of it.

``make test`` tries some hundred; ``make test-upload-fuzz`` some thousand. SEED repeats a run, FAILURES names the folder
for the files that made a problem.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from nstsite.tests.live.fuzz.mutations import damaged
from nstsite.tests.live.fuzz.originals import CHECKPOINT_KINDS, PHOTO_KINDS, read_originals, write_originals
from nstsite.tests.live.fuzz.upload_fuzz import Tally, fuzz
from nstsite.tests.live.live_site import LiveSite
from stylizer.checkpoint_intake import verify_checkpoint
from stylizer.rejections import Rejected

FULL = os.environ.get("FUZZ") == "full"
PHOTOS_OF_A_KIND = 750 if FULL else 20
CHECKPOINTS_OF_A_KIND = 250 if FULL else 6
CHECKPOINTS_BY_HAND = 10 if FULL else 1
"""Through the program that a worker starts for each, beside those in forks of one."""
MOST_GROWTH_MB = 150
MOST_MB = {"photo": 1200, "checkpoint": 2200}
"""Beside what it loads, a photo of 50 megapixels takes some hundred megabytes, and a checkpoint is allowed 1,024."""
pytestmark = pytest.mark.timeout(3600 if FULL else 600)


@pytest.fixture(scope="module")
def seed() -> str:
    chosen = os.environ.get("SEED") or str(random.SystemRandom().randrange(10**9))
    sys.stdout.write(f"SEED={chosen}\n")
    return chosen


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz") / "originals"
    folder.mkdir()
    write_originals(folder)
    return folder


@pytest.fixture
def failures() -> Path:
    folder = Path(os.environ.get("FAILURES") or tempfile.mkdtemp(prefix="easel-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the children put their temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def check(tally: Tally, each: int, most_mb: int, failures: Path, temporary: Path) -> None:
    sys.stdout.write(f"\n{tally}\n")
    assert not tally.problems, f"{tally}\nthe files are in {failures}"
    assert tally.tried == each * len(tally.kinds)
    assert [codes.total() for codes in tally.codes.values()] == [each] * len(tally.kinds)
    assert not FULL or all("taken" in codes and len(codes) > 1 for codes in tally.codes.values()), tally
    assert tally.peak_mb < most_mb, tally
    assert tally.last_mb - tally.first_mb < MOST_GROWTH_MB, tally
    assert len(tally.open_files) <= 1, f"files stay open: {tally.open_files}"
    assert list(temporary.iterdir()) == []
    if not os.environ.get("FAILURES"):
        failures.rmdir()


def test_damaged_photos(
    new_site: Callable[..., LiveSite], originals: Path, seed: str, failures: Path, temporary: Path
) -> None:
    environment = new_site().environment | {"TMPDIR": str(temporary)}
    count = PHOTOS_OF_A_KIND * len(PHOTO_KINDS)
    tally = fuzz("photo_child", PHOTO_KINDS, seed, count, originals, environment, failures)
    check(tally, PHOTOS_OF_A_KIND, MOST_MB["photo"], failures, temporary)


def test_damaged_checkpoints(originals: Path, seed: str, failures: Path, temporary: Path) -> None:
    environment = {"TMPDIR": str(temporary), "OMP_NUM_THREADS": "1"}
    count = CHECKPOINTS_OF_A_KIND * len(CHECKPOINT_KINDS)
    tally = fuzz("checkpoint_child", CHECKPOINT_KINDS, seed, count, originals, environment, failures)
    check(tally, CHECKPOINTS_OF_A_KIND, MOST_MB["checkpoint"], failures, temporary)


def test_damaged_checkpoints_as_a_worker_checks_them(originals: Path, seed: str, temporary: Path) -> None:
    files = read_originals(originals)
    for number in range(CHECKPOINTS_BY_HAND):
        outcome = None
        with contextlib.suppress(Rejected):
            outcome = verify_checkpoint(ContentFile(damaged(CHECKPOINT_KINDS, files, f"{seed} worker", number)))
        assert outcome is None or outcome.style_file
        assert list(temporary.iterdir()) == []

"""Photos are read ahead, painted in order, and kept in bounds, whatever happens to one of them."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from mlcore import batch_painting
from mlcore.batch_painting import READERS, WRITERS, paint_batch
from mlcore.errors import Cancelled
from mlcore.named_style import NamedStyle
from mlcore.paint_options import PaintOptions
from mlcore.painting_job import PaintingJob
from mlcore.photo_file import read_photo
from mlcore.progress_report import silent
from mlcore.tests.pictures import encoded, picture

OPTIONS = PaintOptions(size=None, format="PNG")


class Negative:
    """An engine, quick and easy to check; it also notes its thread, and fails at some photos."""

    name, precision = "negative", "float32"

    def __init__(self, fault=None):
        self.fault, self.painted, self.threads = fault or {}, 0, set()

    def paint(self, photo, report=silent):
        self.threads.add(threading.current_thread())
        self.painted += 1
        report(0.5)
        if error := self.fault.get(self.painted):
            raise error
        return 255 - photo


@pytest.fixture
def style(tmp_path):
    return NamedStyle("negative", "negative", tmp_path / "none", "ab" * 32)


@pytest.fixture
def jobs(style, tmp_path):
    """Forty small photos."""
    content = [encoded(picture(20, 16, seed), "PNG") for seed in range(40)]
    return [
        PaintingJob(photo, tmp_path / "out" / f"{index:02}.png", (style,), OPTIONS)
        for index, photo in enumerate(content)
    ]


def run(jobs, engine, report=silent, **options):
    outcomes = []
    paint_batch(jobs, lambda _: engine, outcomes.append, report, **options)
    return outcomes


def test_every_photo_is_painted_and_seen_in_order_by_one_thread(jobs):
    engine, shares = Negative(), []
    outcomes = run(jobs, engine, shares.append)
    assert [outcome.job for outcome in outcomes] == jobs
    for job in jobs:
        photo = np.asarray(read_photo(job.photo).image)
        assert (np.asarray(read_photo(job.target).image) == 255 - photo).all()
    assert engine.threads == {threading.current_thread()}
    assert shares == sorted(shares)
    assert shares[-1] == len(jobs)


def test_faults_of_any_kind_are_told_and_do_not_stop_the_rest(jobs, caplog):
    faults = {3: ValueError("a bug"), 5: MemoryError(), 7: OSError("no space")}
    outcomes = run(jobs, Negative(faults))
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert [jobs.index(outcome.job) for outcome in failed] == [2, 4, 6]
    assert [outcome.error for outcome in failed] == list(faults.values())
    assert [job.target.exists() for job in jobs].count(True) == 37
    # Only what nobody expects leaves a traceback.
    assert [record.exc_info[1] for record in caplog.records] == [faults[3]]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Cancelled()])
def test_what_is_painted_when_it_is_interrupted_is_written_and_seen(error, jobs):
    seen = []
    engine = Negative({11: error})
    with pytest.raises(type(error)):
        paint_batch(jobs, lambda _: engine, seen.append, silent)
    assert [outcome.job for outcome in seen] == jobs[:10]
    assert [job.target.exists() for job in jobs] == [True] * 10 + [False] * 30
    assert not list(jobs[0].target.parent.glob(".*"))


class Watched:
    """Counts how many of the jobs were taken before what was painted of them."""

    def __init__(self, jobs):
        self.jobs, self.taken = jobs, 0

    def __iter__(self):
        for job in self.jobs:
            self.taken += 1
            yield job


def test_only_so_many_photos_are_read_ahead_and_fewer_large_ones(jobs, monkeypatch):
    def most_ahead():
        watched, ahead, engine = Watched(jobs), [], Negative()

        def report(worked):
            time.sleep(0.002)  # so that the readers are ahead
            ahead.append(watched.taken - int(worked))

        paint_batch(watched, lambda _: engine, silent, report, overwrite=True)
        return max(ahead)

    assert READERS < most_ahead() <= 2 * READERS + 1
    monkeypatch.setattr(batch_painting, "MAX_WAITING_PIXELS", 1)
    # Those being read at the moment cannot be known to be large.
    assert most_ahead() <= READERS + 2


def test_paintings_do_not_pile_up_behind_a_slow_disk(jobs, monkeypatch):
    behind, engine = [], Negative()
    may_write = threading.Event()
    really_write = batch_painting.write_job

    def write_slowly(painted):
        may_write.wait(0.01)
        outcome = really_write(painted)
        behind.append(engine.painted - len(behind))
        return outcome

    monkeypatch.setattr(batch_painting, "write_job", write_slowly)
    run(jobs, engine)
    assert len(behind) == len(jobs)
    assert max(behind) <= 3 * WRITERS + 2

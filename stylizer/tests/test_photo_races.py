"""Two who use or drop the same photo at the same moment: real threads on the real database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection

from stylizer.deletion import delete_job
from stylizer.enqueue import enqueue_photo
from stylizer.models import Photo, Style, Stylization
from stylizer.paint_choices import DEFAULTS
from stylizer.rejections import Rejected
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def together(*works: Callable[[], object]) -> list[object]:
    start = threading.Barrier(len(works), timeout=60)

    def run(work: Callable[[], object]) -> object:
        try:
            start.wait()
            return work()
        except Rejected as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def test_the_last_two_jobs_go_together(alice: User, style: Style, queue_photo) -> None:
    for _ in range(ROUNDS):
        first = queue_photo(alice)
        second = enqueue_photo(alice, first.photo_id, style, DEFAULTS)
        together(lambda first=first: delete_job(first), lambda second=second: delete_job(second))
        assert not Photo.objects.exists()
        assert stored_files() == named_files()


def test_one_drops_what_another_takes_up(alice: User, style: Style, queue_photo) -> None:
    for _ in range(ROUNDS):
        job = queue_photo(alice)
        _, taken = together(
            lambda job=job: delete_job(job), lambda job=job: enqueue_photo(alice, job.photo_id, style, DEFAULTS)
        )
        if isinstance(taken, Stylization):
            assert Stylization.objects.get().photo.file.storage.exists(taken.photo.file.name)
            delete_job(taken)
        else:
            assert taken == "photo_missing"
        assert not Photo.objects.exists()
        assert stored_files() == named_files()

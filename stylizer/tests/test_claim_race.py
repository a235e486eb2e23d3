"""Workers and requests at the same moment: real threads on the real database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection

from stylizer import job_lifecycle
from stylizer.models import Stylization
from stylizer.rejections import Rejected
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 6


def all_at_once(work: Callable[[int], object]) -> list[object]:
    """Run ``work`` in threads that start together, each with a connection of its own, and return what it gave."""
    start = threading.Barrier(WORKERS, timeout=60)

    def run(number: int) -> object:
        try:
            start.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as threads:
        return list(threads.map(run, range(WORKERS)))


def test_one_job_has_one_winner(alice: User, queue_photo: Callable[..., Stylization]) -> None:
    for _ in range(5):
        job = queue_photo(alice)
        won = [claim for claim in all_at_once(lambda number: job_lifecycle.claim(f"worker {number}")) if claim]
        assert [claim.pk for claim in won] == [job.pk]
        job.refresh_from_db()
        assert (job.attempts, job.worker, job.lease_token) == (1, won[0].worker, won[0].lease_token)
        assert job_lifecycle.succeed(won[0])


def test_as_many_jobs_as_workers_give_each_one(alice: User, charlie: User, queue_photo) -> None:
    queued = {queue_photo(owner).pk for owner in (alice, charlie) for _ in range(WORKERS // 2)}
    won = all_at_once(lambda number: job_lifecycle.claim(f"worker {number}"))
    assert {claim.pk for claim in won} == queued
    assert len({claim.lease_token for claim in won}) == WORKERS


def test_cancelling_and_finishing_at_once_has_one_outcome(alice: User, queue_photo) -> None:
    for _ in range(5):
        queue_photo(alice)
        job = job_lifecycle.claim("worker")
        verbs = (job_lifecycle.succeed, job_lifecycle.cancel, lambda job: job_lifecycle.fail(job, "code", "Reason."))
        outcomes = all_at_once(lambda number, job=job, verbs=verbs: verbs[number % 3](job))
        assert outcomes.count(True) == 1
        expected = ("succeeded", "cancelled", "failed")[outcomes.index(True) % 3]
        assert Stylization.objects.get(pk=job.pk).status == expected


def test_requests_at_once_cannot_pass_the_limit_together(alice: User, queue_photo, settings) -> None:
    settings.EASEL_MAX_QUEUED_PER_USER = 2

    def queue(_: int) -> str:
        try:
            return queue_photo(alice).status
        except Rejected as refusal:
            return refusal.code

    assert sorted(all_at_once(queue)) == ["queued"] * 2 + ["too_many_jobs"] * (WORKERS - 2)
    assert Stylization.objects.count() == 2
    assert stored_files() == named_files()

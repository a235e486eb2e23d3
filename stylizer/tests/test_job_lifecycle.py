"""Every way from one state of a job to the next, and that there is no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone

from stylizer import job_lifecycle
from stylizer.models import Status, Stylization

pytestmark = pytest.mark.django_db
Queue = Callable[..., Stylization]


@pytest.fixture
def job(alice: User, queue_photo: Queue) -> Stylization:
    return queue_photo(alice)


def claimed() -> Stylization:
    job = job_lifecycle.claim("worker 1")
    assert job is not None
    return job


def put(job: Stylization, status: str) -> Stylization:
    """Bring a queued job to ``status`` and return it as whoever acts on it next has it."""
    if status in (Status.RUNNING, Status.SUCCEEDED, Status.FAILED):
        job = claimed()
    if status == Status.SUCCEEDED:
        assert job_lifecycle.succeed(job)
    if status == Status.FAILED:
        assert job_lifecycle.fail(job, "a_code", "A reason.")
    if status == Status.CANCELLED:
        assert job_lifecycle.cancel(job)
    assert Stylization.objects.get(pk=job.pk).status == status
    return job


VERBS = {
    "renew": lambda job: job_lifecycle.renew(job, progress=50),
    "succeed": job_lifecycle.succeed,
    "fail": lambda job: job_lifecycle.fail(job, "other_code", "Another reason."),
    "retry_later": lambda job: job_lifecycle.retry_later(job, "other_code", "Another reason."),
    "cancel": job_lifecycle.cancel,
    "try_again": job_lifecycle.try_again,
}
ALLOWED = {
    (Status.QUEUED, "cancel"): Status.CANCELLED,
    (Status.RUNNING, "renew"): Status.RUNNING,
    (Status.RUNNING, "succeed"): Status.SUCCEEDED,
    (Status.RUNNING, "fail"): Status.FAILED,
    (Status.RUNNING, "retry_later"): Status.QUEUED,
    (Status.RUNNING, "cancel"): Status.CANCELLED,
    (Status.FAILED, "try_again"): Status.QUEUED,
    (Status.CANCELLED, "try_again"): Status.QUEUED,
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", Status.values)
def test_transitions(job: Stylization, status: str, verb: str) -> None:
    job = put(job, status)
    before = Stylization.objects.values().get(pk=job.pk)
    outcome = ALLOWED.get((Status(status), verb))
    assert VERBS[verb](job) is (outcome is not None)
    after = Stylization.objects.values().get(pk=job.pk)
    if outcome is None:
        assert after == before
    else:
        assert after["status"] == outcome
        assert after != before


@pytest.mark.parametrize("verb", ["renew", "succeed", "fail", "retry_later"])
def test_who_lost_the_lease_changes_nothing(job: Stylization, verb: str) -> None:
    first = claimed()
    expire_leases()
    assert job_lifecycle.reap() == 1
    second = claimed()
    assert second.pk == first.pk
    before = Stylization.objects.values().get()
    assert VERBS[verb](first) is False
    assert Stylization.objects.values().get() == before
    assert VERBS[verb](second) is True


def expire_leases() -> None:
    Stylization.objects.filter(status=Status.RUNNING).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_claim_notes_who_when_and_for_how_long(job: Stylization, settings) -> None:
    settings.EASEL_LEASE_SECONDS = 60
    before = timezone.now() - timedelta(milliseconds=1)  # SQLite's clock has no finer ones
    claim = claimed()
    assert (claim.pk, claim.status, claim.attempts, claim.worker) == (job.pk, "running", 1, "worker 1")
    assert claim.lease_token is not None
    assert before <= claim.started_at <= timezone.now()
    assert claim.lease_expires_at == claim.started_at + timedelta(seconds=60)
    assert job_lifecycle.claim("worker 2") is None, "nothing else waits"


def test_renewing_moves_the_end_of_the_lease_and_the_progress(job: Stylization) -> None:
    claim = claimed()
    expire_leases()
    assert job_lifecycle.renew(claim, progress=40)
    claim.refresh_from_db()
    assert claim.lease_expires_at > timezone.now()
    assert claim.progress == 40
    assert job_lifecycle.renew(claim)
    claim.refresh_from_db()
    assert claim.progress == 40, "renewing alone says nothing of the progress"
    assert job_lifecycle.reap() == 0


def test_success_is_recorded_in_one_piece(job: Stylization) -> None:
    claim = claimed()
    claim.result_width, claim.result_height, claim.thumbnail_width, claim.thumbnail_height = 64, 48, 32, 24
    claim.result.save("", ContentFile(b"picture"), save=False)
    claim.thumbnail.save("", ContentFile(b"small picture"), save=False)
    assert job_lifecycle.succeed(claim)
    job.refresh_from_db()
    assert (job.status, job.progress, job.lease_token, job.lease_expires_at) == ("succeeded", 100, None, None)
    assert (job.result_width, job.result_height, job.thumbnail_width, job.thumbnail_height) == (64, 48, 32, 24)
    assert job.result.read() == b"picture"
    assert job.thumbnail.read() == b"small picture"
    job.result.close()
    job.thumbnail.close()
    assert job.finished_at >= job.started_at
    assert job.seconds is not None
    assert job.seconds > 0


def test_a_silent_worker_loses_its_job_after_the_lease_and_not_before(job: Stylization) -> None:
    claimed()
    assert job_lifecycle.reap() == 0
    job.refresh_from_db()
    assert job.status == "running"
    expire_leases()
    assert job_lifecycle.reap() == 1
    job.refresh_from_db()
    assert (job.status, job.progress, job.lease_token, job.worker, job.attempts) == ("queued", 0, None, "", 1)


def test_the_third_lost_worker_ends_it_with_a_reason(job: Stylization) -> None:
    for attempt in (1, 2, 3):
        assert claimed().attempts == attempt
        expire_leases()
        assert job_lifecycle.reap() == (1 if attempt < 3 else 0)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.attempts) == ("failed", "worker_lost", 3)
    assert "stopped 3 times without a result" in job.error_detail
    assert job.finished_at is not None
    assert job_lifecycle.claim("worker 1") is None


def test_the_third_transient_fault_ends_it_with_a_reason(job: Stylization) -> None:
    for status in ("queued", "queued", "failed"):
        assert job_lifecycle.retry_later(claimed(), "storage", "The disk is full.")
        job.refresh_from_db()
        assert job.status == status
    assert (job.error_code, job.error_detail) == ("storage", "The disk is full.")


def test_trying_again_gives_all_attempts_and_forgets_the_reason(job: Stylization) -> None:
    Stylization.objects.update(attempts=2)
    put(job, Status.FAILED)
    assert job_lifecycle.try_again(job)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.error_code, job.error_detail) == ("queued", 0, "", "")
    assert (job.started_at, job.finished_at, job.progress) == (None, None, 0)
    assert claimed().attempts == 1

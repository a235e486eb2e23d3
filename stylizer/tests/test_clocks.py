"""Leases go by one clock, the database's: what the clocks of workers say takes no job from one that lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stylizer import job_lifecycle
from stylizer.models import Stylization

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def shift(monkeypatch) -> Callable[[timedelta], None]:
    """Return a function that sets this process's clock forward or back."""
    real = timezone.now

    def by(offset: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + offset)

    return by


@pytest.mark.parametrize("offset", [HOUR, -HOUR])
def test_a_worker_whose_clock_is_wrong_takes_no_job_from_another(
    alice: User, queue_photo: Callable[..., Stylization], shift: Callable[[timedelta], None], offset: timedelta
) -> None:
    queue_photo(alice)
    job = job_lifecycle.claim("one")
    assert job is not None
    shift(offset)
    assert job_lifecycle.reap() == 0
    assert job_lifecycle.renew(job)
    shift(-offset)
    assert job_lifecycle.reap() == 0
    assert job_lifecycle.succeed(job)
    done = Stylization.objects.get()
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.started_at <= done.finished_at
    assert done.seconds is not None
    assert 0 <= done.seconds < 600


def test_a_dead_workers_lease_of_before_the_clock_was_put_back_soon_ends(
    alice: User, queue_photo: Callable[..., Stylization], settings
) -> None:
    queue_photo(alice)
    assert job_lifecycle.claim("one") is not None
    Stylization.objects.update(lease_expires_at=timezone.now() + 8 * HOUR)
    settings.EASEL_LEASE_SECONDS = 60
    assert job_lifecycle.reap() == 0, "its worker may live, and renews in time"
    left = Stylization.objects.get()
    assert left.lease_expires_at is not None
    assert left.lease_expires_at <= timezone.now() + timedelta(seconds=61)
    Stylization.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert job_lifecycle.reap() == 1

"""When a lease ends, by the database's clock: those of several hosts, or of one that was just set right, may differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now


def lease_end() -> CombinedExpression:
    """Return the end of a lease that is given now, for an UPDATE or a filter."""
    return Now() + timedelta(seconds=settings.EASEL_LEASE_SECONDS)


def run_out(running: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of the ``running`` whose worker did not renew its lease in time."""
    _shorten_those_of_a_later_clock(running)
    return running.filter(lease_expires_at__lt=Now())


def _shorten_those_of_a_later_clock(running: QuerySet[Model]) -> None:
    """Let leases end soon that were given before the clock was put back: nobody else would wait out that hour.

    A worker that lives renews in time. Twice the length, for hosts whose settings differ a little.
    """
    later = Now() + timedelta(seconds=2 * settings.EASEL_LEASE_SECONDS)
    running.filter(lease_expires_at__gt=later).update(lease_expires_at=lease_end())

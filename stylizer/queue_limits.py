"""How many photos may wait: of one person, and of everybody together."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from stylizer.models import Status, Stylization
from stylizer.rejections import Rejected

QUEUE_RETRY_SECONDS = 60
"""After which to ask a full server again."""
_TURNS = 0x4541_5345_4C51
"""The key of PostgreSQL's lock under which requests take turns; any number that nobody else uses."""


def check_queue_limits(owner: User, more: int) -> None:
    """Let ``more`` photos into the line.

    Raises:
        Rejected: too many would wait, of this person (429) or of everybody (503).
    """
    _check_own(owner, more)
    waiting, limit = Stylization.objects.filter(status=Status.QUEUED).count(), settings.EASEL_MAX_QUEUED
    if waiting + more <= limit:
        return
    if more > limit:
        reason = f"These would be {more} paintings, and this server lets {limit} wait. Choose fewer photos or styles."
    else:
        reason = (
            f"{waiting} photos of everybody are waiting already, and this server lets {limit} wait. Try "
            "again in some minutes."
        )
    raise Rejected("queue_full", reason, status=503, retry_after=QUEUE_RETRY_SECONDS)


def take_turns(owner: User) -> None:
    """Make other requests that add to the line wait until this transaction ends, so that none passes the limits.

    Of one person first, so that others do not wait for those who wait for each other.
    """
    User.objects.select_for_update().get(pk=owner.pk)
    if connection.vendor == "postgresql":  # on SQLite there is one writer at a time anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURNS])


def _check_own(owner: User, more: int) -> None:
    limit = settings.EASEL_MAX_QUEUED_PER_USER
    waiting = Stylization.objects.active().filter(owner=owner).count()
    if waiting + more <= limit:
        return
    if more == 1:
        detail = f"{waiting} of your photos are waiting already, the most this server takes from one person."
    elif waiting:
        detail = (
            f"{waiting} of your photos are waiting already, and this server takes {limit} from one person, too few "
            f"for these {more}."
        )
    else:
        detail = f"These would be {more} paintings, and this server takes {limit} at once from one person."
    advice = "Choose fewer photos or styles." if more > limit else "Try again when some are done."
    raise Rejected("too_many_jobs", f"{detail} {advice}", status=429)

"""Reporting a public work, and what staff do about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from gallery.models import Artwork, Hiding, Report, ReportStatus
from stylizer.rejections import Rejected

REPORTS_PER_DAY = 10
"""Of one person. Enough for whoever looks after a gallery, too few to bury its staff."""


def report(reporter: User, artwork: Artwork, *, reason: str, text: str) -> Report:
    """Tell staff about a work.

    Raises:
        Rejected: reported before, or too many today; nothing is stored then.
    """
    lately = Report.objects.filter(reporter=reporter, created_at__gt=timezone.now() - timedelta(days=1))
    if lately[: REPORTS_PER_DAY + 1].count() >= REPORTS_PER_DAY:
        raise Rejected(
            "too_many_reports",
            f"You reported {REPORTS_PER_DAY} works within a day. Staff look at those first; try again tomorrow.",
            status=429,
        )
    try:
        with transaction.atomic():
            return Report.objects.create(artwork=artwork, reporter=reporter, reason=reason, text=text)
    except IntegrityError as error:
        raise Rejected(
            "reported_before", "You reported this work before. Staff have your report.", status=409
        ) from error


def hide(artwork: Artwork, *, by: User, reason: str) -> bool:
    """Hide a work from everybody but its owner and staff, and close its reports; return whether it was shown."""
    now = timezone.now()
    with transaction.atomic():
        hidden = Artwork.objects.filter(pk=artwork.pk, hidden_at__isnull=True).update(
            hidden_at=now, hidden_reason=reason, hidden_by=by
        )
        _close(artwork, ReportStatus.HIDDEN, by)
    return bool(hidden)


def show_again(artwork: Artwork) -> bool:
    """Take the hiding back: a work is public again if it was; return whether it was hidden."""
    hidden = Artwork.objects.filter(pk=artwork.pk, hidden_at__isnull=False)
    return bool(hidden.update(hidden_at=None, hidden_reason="", hidden_by=None))


def remember_hiding(artworks: Iterable[Artwork]) -> None:
    """Note of works that are about to be deleted which of them are hidden, so that saved again they are so still."""
    Hiding.objects.bulk_create(
        Hiding(
            stylization_id=artwork.stylization_id,
            hidden_at=artwork.hidden_at,
            hidden_reason=artwork.hidden_reason,
            hidden_by_id=artwork.hidden_by_id,
        )
        for artwork in artworks
        if artwork.hidden_at and artwork.stylization_id
    )


def hide_as_before(artwork: Artwork) -> None:
    """Hide a work, not stored yet, as staff hid the one that was saved from the same painting before."""
    hiding = Hiding.objects.filter(stylization=artwork.stylization_id).first()
    if hiding is not None:
        artwork.hidden_at, artwork.hidden_reason = hiding.hidden_at, hiding.hidden_reason
        artwork.hidden_by_id = hiding.hidden_by_id


def dismiss(artwork: Artwork, *, by: User) -> int:
    """Close a work's reports without hiding it; return how many were open."""
    return _close(artwork, ReportStatus.DISMISSED, by)


def _close(artwork: Artwork, status: ReportStatus, by: User) -> int:
    return artwork.reports.filter(status=ReportStatus.OPEN).update(
        status=status, handled_by=by, handled_at=timezone.now()
    )

"""Where a style stands, and every way from one standing to another, each with a reason that is kept.

unpublished ⇄ published        quarantined → published (staff looked and decided)
any of them → retired → unpublished, or quarantined where it was that
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from stylizer.models import Style, StyleDecision, Verb
from stylizer.rejections import Rejected

_FROM = {
    Verb.PUBLISH: Q(is_published=False, retired_at=None),
    Verb.UNPUBLISH: Q(is_published=True),
    Verb.QUARANTINE: Q(is_published=False, retired_at=None),
    Verb.RETIRE: Q(retired_at=None),
    Verb.RESTORE: Q(retired_at__isnull=False),
}
"""Of which styles each can be decided."""


def decide(style: Style, verb: Verb, reason: str, decided_by: User | None = None) -> None:
    """Change where a style stands, and keep the reason and who gave it (``None``: the checks).

    Raises:
        Rejected: no reason was given, or the style stands where this cannot be decided.
    """
    reason = reason.strip()
    if not reason:
        raise Rejected("reason_missing", "Give a reason; it is kept with the style.", field="reason")
    values: dict[Verb, dict[str, object]] = {
        Verb.PUBLISH: {"is_published": True, "quarantine_reason": ""},
        Verb.UNPUBLISH: {"is_published": False},
        Verb.QUARANTINE: {"quarantine_reason": reason},
        Verb.RETIRE: {"is_published": False, "retired_at": timezone.now()},
        Verb.RESTORE: {"retired_at": None},
    }
    with transaction.atomic():
        if not Style.objects.filter(_FROM[verb], pk=style.pk).update(**values[verb]):
            style.refresh_from_db()
            raise Rejected("not_now", f"{style.name} is {style.standing}, so it cannot be {verb.label}.", status=409)
        StyleDecision.objects.create(style=style, verb=verb, reason=reason[:500], decided_by=decided_by)
    style.refresh_from_db()


def possible_verbs(style: Style) -> list[Verb]:
    """Return what a person can decide about a style now."""
    if style.retired_at:
        return [Verb.RESTORE]
    return [Verb.UNPUBLISH if style.is_published else Verb.PUBLISH, Verb.RETIRE]

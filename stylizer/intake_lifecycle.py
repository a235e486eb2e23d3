"""Every change of an intake's state, each one conditional UPDATE, as job_lifecycle.py does it for paintings.

    QUEUED → RUNNING → DONE, REFUSED (reason)      QUEUED, RUNNING → CANCELLED
               ↓  lease ran out or a transient fault → QUEUED (attempts < 3)
               └→ FAILED (reason)

Ending it removes its files; whoever ends it by an UPDATE that went through does that.
"""

from __future__ import annotations

import uuid

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from stylizer.files import delete_files
from stylizer.leases import lease_end, run_out
from stylizer.models import IntakeState, IntakeStep, StyleIntake
from stylizer.models.style_intake import ACTIVE_INTAKES

MAX_ATTEMPTS = 3
WORKER_LOST = (
    "worker_lost",
    f"The work stopped {MAX_ATTEMPTS} times without a result. The worker’s log may tell why; then upload it again.",
)


def claim(worker: str) -> StyleIntake | None:
    """Move the oldest queued intake to RUNNING under a new lease and return it; ``None`` when nothing waits."""
    waiting = StyleIntake.objects.filter(state=IntakeState.QUEUED).order_by("created_at", "pk")
    while (candidate := waiting.values_list("pk", flat=True).first()) is not None:
        token = uuid.uuid4()
        won = StyleIntake.objects.filter(pk=candidate, state=IntakeState.QUEUED).update(
            state=IntakeState.RUNNING,
            attempts=F("attempts") + 1,
            percent=0,
            started_at=Now(),
            lease_token=token,
            lease_expires_at=lease_end(),
            worker=worker,
        )
        if won:
            intake = (
                StyleIntake.objects.select_related("style", "requested_by")
                .filter(pk=candidate, lease_token=token)
                .first()
            )
            if intake is not None:
                return intake
    return None


def renew(intake: StyleIntake, *, progress: int | None = None) -> bool:
    """Extend the lease and note step and percent; False when the intake is no longer this worker's."""
    values: dict[str, object] = {"lease_expires_at": lease_end(), "step": intake.step}
    if progress is not None:
        values["percent"] = progress
    return bool(_held(intake).update(**values))


def finish(intake: StyleIntake, reason: str) -> bool:
    """Record that it went through, in the transaction that writes the style; False when no longer held.

    The caller removes the files when the transaction is committed.
    """
    return bool(_held(intake).update(**_ended(IntakeState.DONE, "", reason), style=intake.style, percent=100))


def refuse(intake: StyleIntake, code: str, detail: str) -> bool:
    """End it because of what was uploaded; False when it is no longer this worker's."""
    return _end(intake, IntakeState.REFUSED, code, detail)


def fail(intake: StyleIntake, code: str, detail: str) -> bool:
    """End it for a reason of the server's; False when it is no longer this worker's."""
    return _end(intake, IntakeState.FAILED, code, detail)


def retry_later(intake: StyleIntake, code: str, detail: str) -> bool:
    """Queue it again after a transient fault, or fail it after the last attempt; False when no longer held."""
    if intake.attempts >= MAX_ATTEMPTS:
        return fail(intake, code, detail)
    return bool(_held(intake).update(**_requeued()))


def hand_back(intake: StyleIntake) -> bool:
    """Queue it again, at no cost, because its worker stops; False when it is no longer this worker's."""
    return bool(_held(intake).update(**_requeued(), attempts=F("attempts") - 1))


def cancel(intake: StyleIntake) -> bool:
    """Cancel what waits or is in work; False when it has ended. The worker notices at its next report."""
    active = StyleIntake.objects.filter(pk=intake.pk, state__in=ACTIVE_INTAKES)
    ended = bool(active.update(**_ended(IntakeState.CANCELLED, "", "Cancelled.")))
    if ended:
        remove_files(intake)
    return ended


def reap() -> int:
    """Requeue what silent workers held, fail what is out of attempts; return how many were requeued."""
    silent = run_out(StyleIntake.objects.filter(state=IntakeState.RUNNING))
    for intake in silent.filter(attempts__gte=MAX_ATTEMPTS):
        fail(intake, *WORKER_LOST)
    return silent.filter(attempts__lt=MAX_ATTEMPTS).update(**_requeued())


def remove_files(intake: StyleIntake) -> None:
    """Remove what was uploaded; there may be nothing."""
    delete_files(*(file for file in (intake.upload, intake.style_image) if file.name))


def _end(intake: StyleIntake, state: IntakeState, code: str, detail: str) -> bool:
    ended = bool(_held(intake).update(**_ended(state, code, detail)))
    if ended:
        remove_files(intake)
    return ended


def _held(intake: StyleIntake) -> QuerySet[StyleIntake]:
    return StyleIntake.objects.filter(pk=intake.pk, state=IntakeState.RUNNING, lease_token=intake.lease_token)


def _requeued() -> dict[str, object]:
    waiting = {"state": IntakeState.QUEUED, "step": IntakeStep.WAITING, "percent": 0}
    return waiting | {"lease_token": None, "lease_expires_at": None, "worker": ""}


def _ended(state: IntakeState, code: str, reason: str) -> dict[str, object]:
    return {
        "state": state,
        "step": IntakeStep.ENDED,
        "reason_code": code,
        "reason": reason,
        "finished_at": Now(),
        "lease_token": None,
        "lease_expires_at": None,
        "upload": "",
        "style_image": "",
    }

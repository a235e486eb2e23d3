"""Taking one claimed intake through its steps: verify, measure, preview, store. For workers.

Files first, then the rows in one transaction that ends the intake: a crash at any point leaves either the old state,
which the lease brings back, or the whole style. Files that no row names are removed here or by the hourly pruning.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from django.db import IntegrityError, transaction
from django_q.exceptions import TimeoutException

from mlcore.errors import Cancelled
from stylizer import intake_lifecycle
from stylizer.checkpoint_intake import VerifiedCheckpoint, verify_checkpoint
from stylizer.lease_keeper import LeaseKeeper
from stylizer.local_copy import local_copy
from stylizer.models import IntakeKind, IntakeStep, StyleIntake
from stylizer.rejections import Rejected
from stylizer.store_intake import refuse_twin, store_intake
from stylizer.style_measurement import MeasuringFailed, measure_style
from stylizer.wake import wake_for_intake

logger = logging.getLogger(__name__)

_VERIFIED, _MEASURED = 0.25, 0.9
"""Share of the work done by then."""


def run_intake(intake: StyleIntake) -> None:
    """Take in what this process has claimed; how it went stands in the row."""
    try:
        with LeaseKeeper(intake, intake_lifecycle.renew, intake_lifecycle.hand_back, wake_for_intake) as keeper:
            keeper.report(0)
            _take_in(intake, keeper)
        intake_lifecycle.remove_files(intake)
    except Cancelled:
        logger.info("intake %s was cancelled or taken over", intake.pk)
    except Rejected as refusal:
        intake_lifecycle.refuse(intake, refusal.code, refusal.detail)
    except MeasuringFailed as error:
        intake_lifecycle.fail(intake, "measuring_failed", str(error))
    except TimeoutException:
        intake_lifecycle.fail(intake, "timed_out", "This took longer than a worker may take for a style.")
        raise  # django-q ends this process after a timeout
    except Exception:
        logger.exception("intake %s failed in attempt %d", intake.pk, intake.attempts)
        intake_lifecycle.retry_later(
            intake, "internal_error", "It failed for a reason of the server's. The worker’s log tells why."
        )
        wake_for_intake()


def _take_in(intake: StyleIntake, keeper: LeaseKeeper) -> None:
    with tempfile.TemporaryDirectory(prefix="easel-intake-") as name:
        folder = Path(name)
        verified = None
        if intake.kind != IntakeKind.MEASURE:
            verified = _verify(intake, keeper)
            style_file = folder / "style.safetensors"
            style_file.write_bytes(verified.style_file)
        else:
            assert intake.style is not None  # noqa: S101  # what there is to measure
            style_file = local_copy(intake.style.checkpoint, intake.style.checkpoint_sha256)

        done = _VERIFIED

        def note(share: float) -> None:
            nonlocal done
            done = _VERIFIED + share * (_MEASURED - _VERIFIED)

        intake.step = IntakeStep.MEASURING
        measurement = measure_style(style_file, folder / "previews", lambda: keeper.report(done), note)
        intake.step = IntakeStep.STORING
        keeper.report(_MEASURED)
        try:
            store_intake(intake, verified, measurement)
        except IntegrityError as error:
            taken = intake.entry.get("slug", "")
            raise Rejected("slug_taken", f"Another style has got the slug “{taken}” meanwhile.", status=409) from error


def _verify(intake: StyleIntake, keeper: LeaseKeeper) -> VerifiedCheckpoint:
    intake.step = IntakeStep.VERIFYING
    with intake.upload.open("rb") as upload:
        verified = verify_checkpoint(upload, tick=lambda: keeper.report(0.05))
    with transaction.atomic():
        refuse_twin(intake, verified)
    return verified

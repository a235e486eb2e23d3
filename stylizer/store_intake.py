"""Writing what an intake came to: a new style, a new checkpoint of one, or new measurements."""

from __future__ import annotations

import hashlib

from django.db import transaction

from mlcore.errors import Cancelled
from stylizer import intake_lifecycle
from stylizer.checkpoint_intake import VerifiedCheckpoint
from stylizer.models import IntakeKind, Style, StyleIntake, Verb
from stylizer.rejections import Rejected
from stylizer.style_decisions import decide
from stylizer.style_files import delete_unnamed, store_style_file
from stylizer.style_measurement import Measurement, store_previews, write_previews

_FILE_COLUMNS = ("recipe", "metrics", "checkpoint", "checkpoint_sha256", "preview", "preview_width", "preview_height")


def refuse_twin(intake: StyleIntake, verified: VerifiedCheckpoint) -> None:
    """Refuse weights that another style of the catalog has.

    Raises:
        Rejected: with the other's name.
    """
    sha256 = hashlib.sha256(verified.style_file).hexdigest()
    twins = Style.objects.filter(checkpoint_sha256=sha256)
    if intake.style_id is not None:
        twins = twins.exclude(pk=intake.style_id)
    twin = twins.first()
    if twin is not None:
        raise Rejected("style_known", f"These weights are in the catalog already, as {twin.name} ({twin.slug}).")


def store_intake(intake: StyleIntake, verified: VerifiedCheckpoint | None, measurement: Measurement) -> None:
    """Store the files, then write the rows and end the intake in one transaction.

    Raises:
        Rejected: a replacement whose paintings have faults, or weights that got into the catalog meanwhile.
        Cancelled: the intake is no longer this worker's.
        IntegrityError: the slug was taken meanwhile.
    """
    if intake.kind == IntakeKind.REPLACE and measurement.faults:
        raise Rejected(
            "style_faulty",
            " ".join([*measurement.faults, "The style keeps its file. Add this one as a new style to look at it."]),
        )
    # Of the row as it is now: its words may have been edited meanwhile.
    style = Style.objects.get(pk=intake.style_id) if intake.style_id else Style(**intake.entry, is_published=False)
    names = store_previews(measurement)
    written = set(names.values())
    try:
        if verified is not None:
            style.recipe, style.metrics = verified.recipe, verified.metrics
            style.store_files(verified.style_file, verified.preview)
            written |= {str(style.checkpoint.name), str(style.preview.name)}
        if intake.style_image:
            with intake.style_image.open("rb") as file:
                style.style_image.name = store_style_file(file.read(), ".jpg")
            written.add(str(style.style_image.name))
        with transaction.atomic():
            if verified is not None:
                refuse_twin(intake, verified)
            _write(intake, style, verified is not None, measurement, names)
    except BaseException:
        delete_unnamed(written)
        raise


def _write(
    intake: StyleIntake, style: Style, has_new_file: bool, measurement: Measurement, names: dict[str, str]
) -> None:
    measured = measurement.columns()
    if has_new_file:
        for column, value in measured.items():
            setattr(style, column, value)
        if intake.kind == IntakeKind.NEW:
            style.save(force_insert=True)
        else:
            image = ("style_image",) if intake.style_image else ()
            style.save(update_fields=[*_FILE_COLUMNS, *measured, *image])
    elif not Style.objects.filter(pk=style.pk, checkpoint_sha256=style.checkpoint_sha256).update(**measured):
        raise Cancelled  # replaced or deleted meanwhile
    write_previews(style, measurement, names)
    reason = _decide(intake, style, measurement.faults)
    intake.style = style
    if not intake_lifecycle.finish(intake, reason):
        raise Cancelled


def _decide(intake: StyleIntake, style: Style, faults: list[str]) -> str:
    """Publish a new style or put it into quarantine; return how it ended, in words."""
    if intake.kind == IntakeKind.MEASURE:
        return " ".join(["Measured, with faults:", *faults]) if faults else "Measured. No fault was found."
    if intake.kind == IntakeKind.REPLACE:
        return "Every check was passed; the style has its new file."
    if faults:
        reason = " ".join(faults)
        decide(style, Verb.QUARANTINE, reason)
        return f"In quarantine: {reason}"
    if not intake.publish:
        return "Every check was passed. The style is not published yet."
    decide(style, Verb.PUBLISH, "Every check was passed.", intake.requested_by)
    return "Every check was passed; the style is published."

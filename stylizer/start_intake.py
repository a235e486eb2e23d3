"""Beginning an intake: its files are stored, its row made, a worker woken."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile, File
from django.db import transaction

from mlcore.image_io import encode_image
from stylizer.intake_lifecycle import remove_files
from stylizer.models import IntakeKind, Style, StyleIntake
from stylizer.models.style_intake import ACTIVE_INTAKES
from stylizer.photo_validators import check_photo
from stylizer.rejections import Rejected
from stylizer.wake import wake_for_intake


def start_intake(
    kind: IntakeKind,
    requested_by: User | None,
    *,
    style: Style | None = None,
    entry: dict[str, Any] | None = None,
    publish: bool = True,
    upload: File[bytes] | None = None,
    style_image: bytes = b"",
) -> StyleIntake:
    """Store what was uploaded and queue it.

    Args:
        style: of a replacement or a measurement.
        entry: a new style's columns.
        publish: a new style, if nothing is found wrong.
        upload: the checkpoint, not opened yet.
        style_image: JPEG, from :func:`encode_style_image`; or nothing.

    Raises:
        Rejected: the style is in work already.
    """
    intake = StyleIntake(kind=kind, style=style, requested_by=requested_by, entry=entry or {}, publish=publish)
    try:
        if upload is not None:
            intake.upload_name = str(upload.name or "")[-100:]
            intake.upload.save("checkpoint", upload, save=False)
        if style_image:
            intake.style_image.save("style-image", ContentFile(style_image), save=False)
        with transaction.atomic():
            if style is not None:
                Style.objects.select_for_update().get(pk=style.pk)  # two requests take turns
                if style.intakes.filter(state__in=ACTIVE_INTAKES).exists():
                    reason = f"{style.name} is being checked already. Wait until that has ended."
                    raise Rejected("in_work", reason, status=409)
            intake.save(force_insert=True)
            wake_for_intake()
    except BaseException:
        remove_files(intake)
        raise
    return intake


def encode_style_image(upload: File[bytes]) -> bytes:
    """Return an uploaded style image upright, at most 1024 pixels a side, as JPEG without what its camera noted.

    Raises:
        Rejected: as any photo is.
    """
    return encode_image(check_photo(upload).before, quality=90)

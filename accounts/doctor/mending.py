"""Making a lost file anew where what it was made of is there, and saying so in the row where it is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile

from accounts.doctor.lost_files import LostFile
from gallery.models import Artwork
from mlcore.image_io import encode_image
from stylizer.files import delete_files
from stylizer.finishing import finish_again
from stylizer.models import Status, StylePreview, Stylization
from stylizer.models.paint_choices import FINISHING_CHOICES
from stylizer.photo_validators import check_photo
from stylizer.rejections import Rejected
from stylizer.result_files import THUMBNAIL_SIDE, encode_thumbnail

RESULT_LOST = (
    "result_lost",
    "The painting's file is not in the server's storage any more. Try again to have it painted anew.",
)


class CannotMend(Exception):
    """What the file was made of is not there either; says what to do."""


def mend(lost: LostFile) -> str:
    """Put right what can be, and return what was done, in words.

    Raises:
        CannotMend: nothing can be done here.
    """
    mender = _MENDERS.get(lost.kind)
    if mender is None:
        raise CannotMend(ADVICE.get(lost.kind, "Restore it from a backup."))
    try:
        return mender(lost)
    except (OSError, Rejected) as error:
        raise CannotMend(f"What it is made of cannot be read: {error}") from error


def _store(lost: LostFile, content: bytes) -> str:
    # Under the name that the row has: nothing else changes, and whoever mends at the same moment writes the same.
    storage = lost.field.storage
    storage.delete(lost.name)
    stored = storage.save(lost.name, ContentFile(content))
    if stored != lost.name:  # somebody else was quicker
        storage.delete(stored)
    return "made anew"


def _small_photo(lost: LostFile) -> str:
    photo: Any = lost.row
    with photo.file.open("rb") as upload:
        return _store(lost, encode_image(check_photo(upload).before, quality=88))


def _thumbnail(lost: LostFile) -> str:
    row: Any = lost.row
    painting = row.image if isinstance(row, Artwork) else row.result
    with painting.open("rb") as file:
        return _store(lost, encode_thumbnail(file, THUMBNAIL_SIDE))


def _result(lost: LostFile) -> str:
    job: Any = lost.row
    try:
        return _store(lost, finish_again(job, job.options).content)
    except (OSError, Rejected):
        pass  # the master is gone as well: a person can ask for the painting anew
    code, detail = RESULT_LOST
    there = Stylization.objects.filter(pk=job.pk, status=Status.SUCCEEDED, result=lost.name)
    files = {"master": "", "result": "", "thumbnail": ""}
    if not there.update(status=Status.FAILED, error_code=code, error_detail=detail, **files):
        return "somebody else has seen to it"
    delete_files(*(file for file in (job.master, job.result, job.thumbnail) if file))
    return "the job says that its painting is lost, and can be tried again"


def _painting_of_artwork(lost: LostFile) -> str:
    artwork: Any = lost.row
    if artwork.stylization is None:
        raise CannotMend(ADVICE[lost.kind])
    chosen = dataclasses.replace(
        artwork.stylization.options, **{name: getattr(artwork, name) for name in FINISHING_CHOICES}
    )
    return _store(lost, finish_again(artwork.stylization, chosen).content)


def _forget(lost: LostFile) -> str:
    """Let go of a file that the row can do without."""
    named = type(lost.row)._base_manager.filter(pk=lost.row.pk, **{lost.field.attname: lost.name})
    named.update(**{lost.field.attname: ""})
    lost.field.storage.delete(lost.name)  # an empty or damaged one
    return "forgotten: it is made anew when it is asked for, or not needed"


def _ask_anew(lost: LostFile) -> str:
    StylePreview.objects.filter(pk=lost.row.pk, picture=lost.name).delete()
    lost.field.storage.delete(lost.name)
    return "painted anew when it is asked for"


_MENDERS: dict[str, Callable[[LostFile], str]] = {
    "stylizer.Photo.before": _small_photo,
    "stylizer.Stylization.result": _result,
    "stylizer.Stylization.thumbnail": _thumbnail,
    "stylizer.Stylization.master": _forget,
    "stylizer.StylePreview.picture": _ask_anew,
    "stylizer.Style.style_image": _forget,
    "gallery.Artwork.image": _painting_of_artwork,
    "gallery.Artwork.thumbnail": _thumbnail,
    "gallery.Artwork.large_thumbnail": _forget,
}
ADVICE = {
    "stylizer.Photo.file": "Restore it from a backup. Its paintings stay as they are; it cannot be painted anew.",
    "stylizer.Style.checkpoint": (
        "Upload the checkpoint again in the administration, or run manage.py load_starter_styles where it is one of "
        "those."
    ),
    "stylizer.Style.preview": "Choose “Measure and preview again” for the style in the administration.",
    "stylizer.StyleSample.image": "Choose “Measure and preview again” for the style in the administration.",
    "stylizer.StyleIntake.upload": "The check fails and says so; upload the checkpoint again.",
    "stylizer.StyleIntake.style_image": "The check fails and says so; upload the painting again.",
    "gallery.Artwork.image": "Restore it from a backup.",
}
"""For whoever reads the report, where nothing can be done here."""

"""Files that a row names and that are not there, are empty, or are not what was stored."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.db.models.fields.files import FieldFile
from PIL import Image

from stylizer.models import Photo, Style
from stylizer.ownership import file_fields, in_pages

PICTURES = (".jpg", ".png", ".webp")
GONE, EMPTY, DAMAGED = "is not there", "is empty", "is damaged"


class LostFile(NamedTuple):
    """A row's file that cannot be had."""

    row: models.Model
    field: models.FileField
    name: str
    why: str

    @property
    def kind(self) -> str:
        """What the file is, as ``app.Model.field``."""
        return f"{self.row._meta.label}.{self.field.name}"


def lost_files(*, read_contents: bool = False) -> Iterator[LostFile]:
    """Yield every file that a row names and that cannot be had, model by model.

    Args:
        read_contents: read every file to its end as well: pictures are decoded, uploads and checkpoints compared with
            their checksum.
    """
    for model in apps.get_models():
        fields = file_fields(model)
        for row in in_pages(model._base_manager.all()) if fields else ():
            for field in fields:
                lost = _looked_at(row, field, read_contents=read_contents)
                if lost is not None and _is_still_named(lost):
                    yield lost


def _looked_at(row: Any, field: models.FileField, *, read_contents: bool) -> LostFile | None:
    file: FieldFile = getattr(row, field.attname)
    if not file.name:
        return None
    try:
        if not file.size:
            return LostFile(row, field, file.name, EMPTY)
        if read_contents and not _is_whole(row, file):
            return LostFile(row, field, file.name, DAMAGED)
    except FileNotFoundError:
        return LostFile(row, field, file.name, GONE)
    return None


def _is_still_named(lost: LostFile) -> bool:
    """Tell a file that is lost from one whose row has let go of it since it was read."""
    rows = type(lost.row)._base_manager.filter(pk=lost.row.pk)
    return bool(rows.filter(**{lost.field.attname: lost.name}).exists())


def _is_whole(row: Any, file: FieldFile) -> bool:
    expected = None
    if isinstance(row, Photo) and file.field.name == "file":
        expected = row.sha256
    elif isinstance(row, Style) and file.field.name == "checkpoint":
        expected = row.checkpoint_sha256
    with file.open("rb"):
        if expected:
            return hashlib.file_digest(file.file, "sha256").hexdigest() == expected
        return posixpath.splitext(str(file.name))[1].lower() not in PICTURES or _can_be_decoded(file)


def _can_be_decoded(file: FieldFile) -> bool:
    try:
        with Image.open(file.file) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow raises for damaged files
        return False
    return True

"""What a creation asks for: photos new or stored already, styles, and how the paintings are to look."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.request import Request

from mlcore.paint_options import PaintOptions
from stylizer.enqueue import enqueue_all, find_style
from stylizer.models import Photo, Style, Stylization
from stylizer.paint_choices import parse_choices
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in

MOST = 1000
"""Photos or styles that are looked at; far more than anybody may have waiting."""


@dataclass(frozen=True)
class Wanted:
    """A form or JSON, read."""

    styles: list[Style]
    options: PaintOptions
    uploads: list[File[bytes] | None] = field(default_factory=list)
    photo_ids: list[uuid.UUID] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many paintings it would be."""
        return max(1, len(self.uploads) + len(self.photo_ids)) * len(self.styles)

    def enqueue(self, request: Request) -> list[Stylization]:
        """Queue all of it for whoever asks.

        Raises:
            Rejected: as :func:`stylizer.enqueue.enqueue_all`.
        """
        nothing: list[File[bytes] | None] = [None]
        uploads = self.uploads if self.uploads or self.photo_ids else nothing
        return enqueue_all(signed_in(request), uploads, self.photo_ids, self.styles, self.options)


def read_wanted(request: Request) -> Wanted:
    """Return what a form or a JSON object asks for: ``photo`` and ``style``, each once or several times, and choices.

    A photo is a file, or the id of one that was uploaded before.

    Raises:
        Rejected: the first value that cannot be.
    """
    data = request.data
    if not isinstance(data, Mapping):
        raise Rejected("invalid", "Send a form, or a JSON object with photo and style.")
    styles = [find_style(slug) for slug in dict.fromkeys(map(_text, _values(data, "style") or [""]))]
    uploads: list[File[bytes] | None] = []
    ids: list[uuid.UUID] = []
    for value in _values(data, "photo"):
        if isinstance(value, UploadedFile):
            uploads.append(value)
        else:
            ids.append(_photo_id(value))
    options = parse_choices({name: value for name, value in data.items() if not isinstance(value, UploadedFile)})
    ids = list(dict.fromkeys(ids))
    _check_own(request, ids)
    return Wanted(styles, options, uploads, ids)


def _values(data: Mapping[str, Any], name: str) -> list[Any]:
    if isinstance(data, QueryDict):
        values = data.getlist(name)
    else:
        value = data.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
    if len(values) > MOST:
        raise Rejected("too_many_values", f"At most {MOST} at once.", field=name)
    return list(values)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _photo_id(value: object) -> uuid.UUID:
    try:
        return uuid.UUID(_text(value))
    except ValueError as error:
        raise Rejected(
            "photo_unknown", "A photo is a file, or the id of one that you have uploaded before.", field="photo"
        ) from error


def _check_own(request: Request, ids: list[uuid.UUID]) -> None:
    found = Photo.objects.visible_to(request.user).filter(pk__in=ids).count()
    if found < len(ids):
        raise Rejected("photo_unknown", "You have no such photo, or not any more. Upload it again.", field="photo")

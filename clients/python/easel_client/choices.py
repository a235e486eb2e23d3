"""What one chooses about a painting, and photos as they are sent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TypedDict

from easel_client.models import Photo, PictureFormat, Size

PhotoSource = str | os.PathLike[str] | bytes | IO[bytes] | Photo
"""A path, a file's bytes, a file open for reading bytes, or a photo that was uploaded before."""
Upload = tuple[str, bytes | IO[bytes], str]


class Finishing(TypedDict, total=False):
    """Choices that can be made anew without painting again; what is left out stays as it was chosen."""

    strength: float
    """0, the photo, to 1, the painting."""
    keep_colors: bool
    format: PictureFormat
    quality: int
    """1 to 100, of JPEG and WebP."""


class Choices(Finishing, total=False):
    """Everything there is to choose; what is left out is as the server does it."""

    size: Size
    """Longest side, pixels, or "original"."""
    brush: float
    """Width of the strokes, 0.25 to 4 times the usual."""


def form_fields(choices: Mapping[str, object]) -> dict[str, str]:
    """Return choices as a form has them; those that are ``None`` are left out."""
    return {name: _text(value) for name, value in choices.items() if value is not None}


def upload(photo: str | os.PathLike[str] | bytes | IO[bytes]) -> Upload:
    """Return a photo as it is sent. Bytes have no name to tell; the server looks at what they are.

    Raises:
        OSError: it cannot be read.
    """
    if isinstance(photo, bytes):
        return "photo", photo, "application/octet-stream"
    if isinstance(photo, str | os.PathLike):
        path = Path(photo)
        # Read whole: a photo has some megabytes, and what is tried again must be the same bytes.
        return path.name, path.read_bytes(), "application/octet-stream"
    return Path(str(getattr(photo, "name", "photo"))).name, photo, "application/octet-stream"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Several works as one ZIP file, made while it is sent: nothing is stored, memory holds a piece of one picture."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify
from zipstream import ZIP_STORED, ZipStream

from gallery.models import Artwork
from stylizer.stored_file import pieces_of


def zip_response(artworks: Iterable[Artwork]) -> StreamingHttpResponse:
    """Return the pictures under their titles. JPEG, PNG and WebP are compressed already, so they are only stored."""
    archive = ZipStream(compress_type=ZIP_STORED, sized=True)
    used: set[str] = set()
    for artwork in artworks:
        try:
            size = artwork.image.size
        except FileNotFoundError:
            continue
        archive.add(pieces_of(artwork.image), _free_name(artwork, used), size=size)
    response = StreamingHttpResponse(archive, content_type="application/zip")
    # Known beforehand, since nothing is compressed; so the browser can show how far it is.
    response["Content-Length"] = len(archive)
    response["Content-Disposition"] = f'attachment; filename="easel-{timezone.now():%Y%m%d-%H%M%S}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


def _free_name(artwork: Artwork, used: set[str]) -> str:
    """Return a harmless file name that no other work in the archive has."""
    stem, number = slugify(artwork.title)[:80] or "painting", 1
    name = f"{stem}{artwork.suffix}"
    while name in used:
        number += 1
        name = f"{stem}-{number}{artwork.suffix}"
    used.add(name)
    return name

"""Painting one photo, small, in all the styles asked for: in one pass, since most of it is reading and opening.

For workers only: the engine may be torch's. A preview is a convenience, so whatever goes wrong is logged and costs
nobody more than that preview.
"""

from __future__ import annotations

import logging

from django.core.files.base import ContentFile
from django_q.exceptions import TimeoutException
from PIL import Image

from mlcore.errors import MlcoreError
from mlcore.image_io import encode_image
from mlcore.paint import paint_master
from mlcore.photo_file import read_photo
from stylizer import job_lifecycle
from stylizer.engine_cache import preview_engine_for
from stylizer.files import delete_files
from stylizer.models import Photo, Style, StylePreview
from stylizer.queues import served_here
from stylizer.stopping import is_stopping
from stylizer.wake import wake_for_previews, wake_here

logger = logging.getLogger(__name__)

SHORTER_SIDE, LONGEST_SIDE = 192, 384
"""Pixels: sharp on a phone's screen, where the style picker shows squares; a painting of this size takes some 30 ms."""
QUALITY = 80


def paint_previews_of(photo: Photo) -> int:
    """Paint what is asked for and free; return how many were painted.

    Whoever waits for a painting goes first: as soon as one is queued the rest is left to a later message, behind it.
    """
    styles = {style.checkpoint_sha256: style for style in Style.objects.published()}
    small: Image.Image | None = None
    painted = 0
    for preview in photo.style_previews.free().filter(checkpoint_sha256__in=styles).order_by("pk"):
        if is_stopping() or job_lifecycle.waiting_in(served_here()).exists():
            wake_here()  # before the other: each turn of the two paints one
            wake_for_previews(photo.pk)
            break
        abandoned = preview.claim and preview.picture.field.generate_filename(preview, "")
        if not preview.claim_it():
            continue
        if abandoned:  # by a worker that died between file and row
            preview.picture.storage.delete(abandoned)
        try:
            small = small or _small(photo)
            painted += _paint(preview, styles[preview.checkpoint_sha256], small)
        except TimeoutException:
            raise  # django-q ends this process after a timeout
        except MlcoreError as error:
            logger.warning("no preview of style %s: %s", styles[preview.checkpoint_sha256].slug, error)
        except Exception:
            logger.exception("no preview of style %s", styles[preview.checkpoint_sha256].slug)
    return painted


def _small(photo: Photo) -> Image.Image:
    # Of the copy that is shown beside paintings: it is upright, in sRGB, and has more pixels than are wanted here.
    width, height = photo.before_width, photo.before_height
    longest = min(LONGEST_SIDE, round(SHORTER_SIDE * max(width, height) / min(width, height)), max(width, height))
    with photo.before.open("rb") as file:
        return read_photo(file.file, longest_side=longest).image


def _paint(preview: StylePreview, style: Style, small: Image.Image) -> bool:
    """Paint and store one; files first, then the row, and no file stays that the row does not name."""
    painting = paint_master(preview_engine_for(style), small, 1)
    try:
        preview.picture.save("", ContentFile(encode_image(painting, "WEBP", QUALITY)), save=False)
        # The row is gone when the photo was deleted meanwhile, and claimed anew when this worker slept for long.
        stored = StylePreview.objects.filter(pk=preview.pk, claim=preview.claim, picture="").update(
            picture=preview.picture.name, width=painting.width, height=painting.height
        )
    except BaseException:
        delete_files(preview.picture)
        raise
    if not stored:
        delete_files(preview.picture)
    return bool(stored)

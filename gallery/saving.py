"""Keeping a result."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from gallery.models import Artwork
from stylizer.files import delete_files
from stylizer.models import Status, Stylization
from stylizer.models.paint_choices import PAINT_CHOICES
from stylizer.rejections import Rejected


def save_artwork(job: Stylization) -> Artwork:
    """Copy a finished job into its owner's gallery; saving it again returns the same artwork.

    Raises:
        Rejected: the job has no result.
    """
    if job.status != Status.SUCCEEDED:
        raise Rejected("not_finished", "Only a finished painting can be saved. Wait until it is done.", status=409)
    existing = Artwork.objects.filter(stylization=job).first()
    if existing is not None:
        return existing
    artwork = Artwork(
        owner=job.owner,
        style=job.style,
        stylization=job,
        title=job.style.name,
        **{name: getattr(job, name) for name in PAINT_CHOICES},
        image_width=job.result_width or 0,
        image_height=job.result_height or 0,
        thumbnail_width=job.thumbnail_width or 0,
        thumbnail_height=job.thumbnail_height or 0,
    )
    try:
        with job.result.open("rb") as image, job.thumbnail.open("rb") as thumbnail:
            artwork.image.save("image", image, save=False)
            artwork.thumbnail.save("thumbnail", thumbnail, save=False)
        with transaction.atomic():
            artwork.save(force_insert=True)
    except IntegrityError:
        # Saved twice at the same moment: the other one is as good.
        delete_files(artwork.image, artwork.thumbnail)
        return Artwork.objects.get(stylization=job)
    except BaseException:
        delete_files(artwork.image, artwork.thumbnail)
        raise
    return artwork

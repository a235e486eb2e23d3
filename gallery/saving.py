"""Keeping a result."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from gallery.models import Artwork, Hiding
from gallery.reporting import hide_as_before
from gallery.thumbnails import encode_large_thumbnail
from gallery.trash import restore
from stylizer.files import delete_files
from stylizer.models import Status, Stylization
from stylizer.models.paint_choices import PAINT_CHOICES
from stylizer.rejections import Rejected


def save_artwork(job: Stylization) -> Artwork:
    """Copy a finished job into its owner's gallery; saving it again returns the same artwork, from the trash too.

    What staff hid before it was deleted for good is hidden again.

    Raises:
        Rejected: the job has no result.
    """
    if job.status != Status.SUCCEEDED:
        raise Rejected("not_finished", "Only a finished painting can be saved. Wait until it is done.", status=409)
    if (existing := _saved_before(job)) is not None:
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
        _copy_files(job, artwork)
        with transaction.atomic():
            hide_as_before(artwork)
            artwork.save(force_insert=True)
            Hiding.objects.filter(stylization=job).delete()  # the work says it now, and staff can show it again there
    except IntegrityError as error:
        delete_files(artwork.image, artwork.thumbnail, artwork.large_thumbnail)
        # Saved twice at the same moment: the other one is as good.
        if (existing := _saved_before(job)) is not None:
            return existing
        raise Rejected("gone", "This painting was deleted meanwhile, so it cannot be saved.", status=409) from error
    except BaseException:
        delete_files(artwork.image, artwork.thumbnail, artwork.large_thumbnail)
        raise
    return artwork


def _saved_before(job: Stylization) -> Artwork | None:
    restore(Artwork.objects.filter(stylization=job))
    return Artwork.objects.filter(stylization=job).first()


def _copy_files(job: Stylization, artwork: Artwork) -> None:
    with job.result.open("rb") as image, job.thumbnail.open("rb") as thumbnail:
        artwork.image.save("image", image, save=False)
        artwork.thumbnail.save("thumbnail", thumbnail, save=False)
        if artwork.large_thumbnail_size is not None:
            image.seek(0)
            artwork.large_thumbnail.save("", encode_large_thumbnail(image), save=False)

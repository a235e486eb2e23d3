"""Taking a photo in: store it, make the job, wake a worker."""

from __future__ import annotations

import dataclasses

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile, File
from django.db import transaction

from mlcore.image_io import encode_image
from mlcore.paint_options import PaintOptions
from stylizer.files import delete_files
from stylizer.models import Style, Stylization
from stylizer.paint_choices import check_painting_size
from stylizer.photo_validators import CheckedPhoto, check_photo
from stylizer.quota import check_quota
from stylizer.rejections import Rejected
from stylizer.wake import wake_worker


def find_style(slug: str) -> Style:
    """Return the published style ``slug``.

    Raises:
        Rejected: there is none.
    """
    # PostgreSQL refuses a NUL in any text, even in one that is only looked for.
    style = None if "\0" in slug else Style.objects.published().filter(slug=slug).first()
    if style is None:
        raise Rejected("style_unknown", f'There is no style "{slug[:50]}". Pick one of the catalog.', field="style")
    return style


def enqueue(owner: User, upload: File[bytes] | None, style: Style, options: PaintOptions) -> Stylization:
    """Queue an uploaded photo.

    Raises:
        Rejected: the photo or a choice cannot be accepted, or too many jobs wait already; nothing is stored then.
    """
    photo = check_photo(upload)
    assert upload is not None  # noqa: S101  # check_photo refuses None
    return _store(owner, upload, photo, style, options)


def enqueue_again(owner: User, earlier: Stylization, style: Style, options: PaintOptions) -> Stylization:
    """Queue the photo of an earlier job of the same owner, in another style or with other choices.

    Raises:
        Rejected: as :func:`enqueue`.
    """
    gone = Rejected("photo_missing", "Choose a photo: the earlier one is not there any more.", field="photo")
    if earlier.owner_id != owner.pk:
        raise gone
    try:
        photo = earlier.photo.open("rb")
    except FileNotFoundError as error:  # deleted in another window
        raise gone from error
    with photo:
        return enqueue(owner, photo, style, options)


def _store(owner: User, upload: File[bytes], photo: CheckedPhoto, style: Style, options: PaintOptions) -> Stylization:
    check_painting_size(options, photo.width, photo.height)
    _check_queue_limit(owner)  # before the files are written, and again below where it counts
    check_quota(owner, upload.size)
    job = Stylization(
        owner=owner,
        style=style,
        **dataclasses.asdict(options),
        photo_width=photo.width,
        photo_height=photo.height,
        before_width=photo.before.width,
        before_height=photo.before.height,
    )
    try:
        # Outside the transaction: on SQLite it holds the only write lock, and a photo takes a while to write.
        job.photo.save("photo", upload, save=False)
        job.before.save("before", ContentFile(encode_image(photo.before, quality=88)), save=False)
        with transaction.atomic():
            # One person's requests take turns here, so that together they cannot pass the limit.
            User.objects.select_for_update().get(pk=owner.pk)
            _check_queue_limit(owner)
            job.save(force_insert=True)
            wake_worker()
    except BaseException:
        # The database rolls the row back; files are ours to remove.
        delete_files(job.photo, job.before)
        raise
    return job


def _check_queue_limit(owner: User) -> None:
    waiting = Stylization.objects.active().filter(owner=owner).count()
    if waiting >= settings.EASEL_MAX_QUEUED_PER_USER:
        raise Rejected(
            "too_many_jobs",
            f"{waiting} of your photos are waiting already, the most this server takes from one person. "
            "Try again when some are done.",
            status=429,
        )

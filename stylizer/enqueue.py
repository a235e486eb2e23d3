"""Making a job of a photo, and waking a worker."""

from __future__ import annotations

import dataclasses
import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import File
from django.db import transaction

from mlcore.paint_options import PaintOptions
from stylizer.deletion import delete_photo_unless_used
from stylizer.models import Photo, Style, Stylization
from stylizer.paint_choices import check_painting_size
from stylizer.photo_intake import store_photo
from stylizer.photo_validators import check_photo
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
    checked = check_photo(upload)
    assert upload is not None  # noqa: S101  # check_photo refuses None
    check_painting_size(options, checked.width, checked.height)
    _check_queue_limit(owner)  # before the files are written, and again where it counts
    photo = store_photo(owner, upload, checked)
    try:
        return enqueue_photo(owner, photo.pk, style, options)
    except BaseException:
        delete_photo_unless_used(photo)
        raise


def enqueue_photo(owner: User, photo_id: uuid.UUID, style: Style, options: PaintOptions) -> Stylization:
    """Queue a photo that is stored already: one upload serves any number of jobs.

    Raises:
        Rejected: as :func:`enqueue`, or ``owner`` has no such photo (any more).
    """
    with transaction.atomic():
        # One person's requests take turns here, so that together they cannot pass the limit.
        User.objects.select_for_update().get(pk=owner.pk)
        # Locked, so that it does not go with its last job in another window while this one is being made.
        photo = Photo.objects.select_for_update().visible_to(owner).filter(pk=photo_id).first()
        if photo is None:
            raise Rejected("photo_missing", "Choose a photo: the earlier one is not there any more.", field="photo")
        check_painting_size(options, photo.width, photo.height)
        _check_queue_limit(owner)
        job = Stylization(owner=owner, style=style, photo=photo, **dataclasses.asdict(options))
        job.save(force_insert=True)
        wake_worker()
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

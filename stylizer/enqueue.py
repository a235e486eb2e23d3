"""Making jobs of photos, and waking workers."""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.core.files.base import File
from django.db import transaction

from mlcore.paint_options import PaintOptions
from stylizer.deletion import delete_photo_unless_used
from stylizer.models import Batch, Photo, Style, Stylization
from stylizer.paint_choices import check_painting_size
from stylizer.photo_intake import shown_name, store_photo
from stylizer.photo_validators import check_photo
from stylizer.queue_limits import check_queue_limits, take_turns
from stylizer.queues import queue_for
from stylizer.quota import check_quota
from stylizer.rejections import Rejected
from stylizer.wake import wake_workers


def find_style(slug: str) -> Style:
    """Return the published style ``slug``.

    Raises:
        Rejected: there is none.
    """
    # PostgreSQL refuses a NUL in any text, even in one that is only looked for, and half a character is none at all.
    style = None if "\0" in slug or not slug.isascii() else Style.objects.published().filter(slug=slug).first()
    if style is None:
        shown = "".join(character for character in slug[:50] if character.isprintable())
        raise Rejected("style_unknown", f'There is no style "{shown}". Pick one of the catalog.', field="style")
    return style


def enqueue(owner: User, upload: File[bytes] | None, style: Style, options: PaintOptions) -> Stylization:
    """Queue an uploaded photo.

    Raises:
        Rejected: the photo or a choice cannot be accepted, or too many jobs wait already; nothing is stored then.
    """
    return enqueue_all(owner, [upload], [], [style], options)[0]


def enqueue_photo(owner: User, photo_id: uuid.UUID, style: Style, options: PaintOptions) -> Stylization:
    """Queue a photo that is stored already: one upload serves any number of jobs.

    Raises:
        Rejected: as :func:`enqueue`, or ``owner`` has no such photo (any more).
    """
    return enqueue_all(owner, [], [photo_id], [style], options)[0]


def enqueue_all(
    owner: User,
    uploads: Sequence[File[bytes] | None],
    photo_ids: Sequence[uuid.UUID],
    styles: Sequence[Style],
    options: PaintOptions,
) -> list[Stylization]:
    """Queue every photo, new or stored already, in every style: all of them or none. Several become one batch.

    Raises:
        Rejected: one of them cannot be accepted, or together they are too many; nothing is stored then.
    """
    wanted = (len(uploads) + len(photo_ids)) * len(styles)
    check_queue_limits(owner, wanted)  # before the files are written, and again where it counts
    checked = []
    for upload in uploads:
        with _naming(upload.name if upload else "", several=len(uploads) > 1):
            photo = check_photo(upload)
            check_painting_size(options, photo.width, photo.height)
        assert upload is not None  # noqa: S101  # check_photo refuses None
        checked.append((upload, photo))
    check_quota(owner, sum(upload.size for upload, _ in checked))
    stored: list[Photo] = []
    try:
        for upload, photo in checked:
            stored.append(store_photo(owner, upload, photo))
        return _make_jobs(owner, [*(photo.pk for photo in stored), *photo_ids], styles, options)
    except BaseException:
        for photo_row in stored:
            delete_photo_unless_used(photo_row)
        raise


def _make_jobs(
    owner: User, photo_ids: Sequence[uuid.UUID], styles: Sequence[Style], options: PaintOptions
) -> list[Stylization]:
    with transaction.atomic():
        take_turns(owner)
        # Locked, so that none goes with its last job in another window while this one is being made; in one order.
        locked = Photo.objects.select_for_update().visible_to(owner).filter(pk__in=photo_ids).order_by("pk").in_bulk()
        if len(locked) < len(set(photo_ids)):
            raise Rejected("photo_missing", "Choose a photo: the earlier one is not there any more.", field="photo")
        photos = [locked[pk] for pk in dict.fromkeys(photo_ids)]
        for photo in photos:
            with _naming(photo.name, several=len(photos) > 1):
                check_painting_size(options, photo.width, photo.height)
        check_queue_limits(owner, len(photos) * len(styles))
        several = len(photos) * len(styles) > 1
        batch = Batch.objects.create(owner=owner, name=_batch_name(photos, styles)) if several else None
        jobs = []
        for photo in photos:
            for style in styles:
                job = Stylization(owner=owner, style=style, photo=photo, batch=batch, **dataclasses.asdict(options))
                job.queue = queue_for(job)
                job.save(force_insert=True)
                jobs.append(job)
        wake_workers(job.queue for job in jobs)
    return jobs


@contextlib.contextmanager
def _naming(name: str | None, *, several: bool) -> Iterator[None]:
    """Put the photo's name before the reason, where there are several photos that it might be."""
    try:
        yield
    except Rejected as error:
        if not several or not shown_name(name):
            raise
        detail = f"{shown_name(name)}: {error.detail}"
        raise Rejected(error.code, detail, field=error.field, status=error.status) from error


def _batch_name(photos: Sequence[Photo], styles: Sequence[Style]) -> str:
    what = f"{len(photos)} photos" if len(photos) > 1 else photos[0].name or "One photo"
    return f"{what} in {f'{len(styles)} styles' if len(styles) > 1 else styles[0].name}"[:150]

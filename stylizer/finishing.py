"""Finishing a painting anew from its stored master and its photo, in the web process: no queue, no engine, no torch."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import Storage
from django.db import transaction
from PIL import Image

from mlcore.errors import ImageError
from mlcore.finishing import finish
from mlcore.master_file import read_master
from mlcore.paint_options import PaintOptions
from mlcore.painting_file import encode_painting
from mlcore.photo_file import Photo, read_photo
from mlcore.provenance import Provenance
from stylizer.files import delete_files
from stylizer.models import Status, Stylization
from stylizer.models.paint_choices import FINISHING_CHOICES
from stylizer.paint_choices import PARSERS, check_format
from stylizer.places import Places
from stylizer.rejections import Rejected, server_busy
from stylizer.result_files import store_result

_PATIENCE = 20
"""Seconds that a request waits for those before it in this process."""
# One at a time: each takes some 20 bytes for a pixel, 0.3 GB for 12 million, and a server has as many threads as it
# likes.
_turn = threading.Lock()
_IN_LINE = Places(lambda: 3)
"""Requests that wait for their turn, the one whose turn it is among them: each holds a thread."""


@dataclass(frozen=True)
class Finished:
    """A finished painting: the file's bytes, and the picture in it."""

    content: bytes
    picture: Image.Image


def chosen_finishing(job: Stylization, values: Mapping[str, Any]) -> PaintOptions:
    """Return the job's choices, and in their place those of finishing that a request names.

    Raises:
        Rejected: a value that cannot be, or a format that cannot hold the painting.
    """
    chosen = {name: PARSERS[name](values[name]) for name in FINISHING_CHOICES if name in values}
    options = dataclasses.replace(job.options, **chosen)
    check_format(options.format, *job.output_size)
    return options


def finish_again(job: Stylization, options: PaintOptions, *, camera_exif: bool = False) -> Finished:
    """Return what painting the job with these choices would have made, to the byte.

    Args:
        job: with a master.
        options: size and brush as the job's; see :func:`chosen_finishing`.
        camera_exif: keep what the camera noted, without the place: for the owner's own copy and for nothing that
            somebody else may come to see.

    Raises:
        Rejected: there is no master (409), its files are damaged or gone (409), or too many others want the same (503).
    """
    if job.status != Status.SUCCEEDED or not job.master:
        raise Rejected("no_master", "Only a painting that was stored unfinished can be finished anew.", status=409)
    with _one_at_a_time():
        try:
            with job.master.open("rb") as file:
                master, made = read_master(file.file)
            with job.photo.file.open("rb") as file:
                photo = read_photo(file.file, longest_side=job.size)
            image = finish(master, photo.image, strength=options.strength, keep_colors=options.keep_colors)
        except (FileNotFoundError, ImageError, ValueError) as error:
            raise Rejected(
                "master_unreadable",
                "The stored painting or its photo is damaged or gone. Paint the photo again.",
                status=409,
            ) from error
        provenance = dataclasses.replace(made or _made(job), options=options.as_dict())
        painting = Photo(image, photo.alpha, photo.exif if camera_exif else b"")
        return Finished(encode_painting(painting, options.format, options.quality, provenance), image)


def keep_finishing(job: Stylization, options: PaintOptions) -> None:
    """Make these choices the job's own: its columns, its stored result and its thumbnail.

    Raises:
        Rejected: as :func:`finish_again`, or somebody changed or deleted the job at the same moment (409).
    """
    if options == job.options:
        return
    finished = finish_again(job, options)
    earlier = [(file.storage, str(file.name)) for file in (job.result, job.thumbnail)]
    replaced = job.result.name
    for name in FINISHING_CHOICES:
        setattr(job, name, getattr(options, name))
    job.lease_token = uuid.uuid4()  # only names the files; the row holds no lease
    try:
        store_result(job, finished.content, finished.picture)
        values = {name: getattr(job, name) for name in (*FINISHING_CHOICES, "result", "thumbnail")}
        # Under the name of the result that is replaced: of two windows that keep at the same moment one wins.
        won = Stylization.objects.filter(pk=job.pk, status=Status.SUCCEEDED, result=replaced).update(**values)
    except BaseException:
        delete_files(job.result, job.thumbnail)
        raise
    if won:
        transaction.on_commit(lambda: _delete(earlier))
        return
    delete_files(job.result, job.thumbnail)
    current = Stylization.objects.filter(pk=job.pk).first()
    if current is None or current.options != options:
        raise Rejected(
            "changed_meanwhile",
            "This painting was changed or deleted in another window just now.",
            status=409,
        )
    job.refresh_from_db()  # the other window wanted the same


def _delete(files: list[tuple[Storage, str]]) -> None:
    for storage, name in files:
        storage.delete(name)


def _made(job: Stylization) -> Provenance:
    return Provenance(style=job.style.name, style_sha256=job.style.checkpoint_sha256)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    place = _IN_LINE.take(None)
    if place is None:
        raise server_busy()
    with place:
        if not _turn.acquire(timeout=_PATIENCE):
            raise server_busy()
        try:
            yield
        finally:
            _turn.release()

"""The paintings of a batch as one ZIP, sent while it is read: nothing is kept in memory or on disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from django.http import StreamingHttpResponse
from zipstream import ZIP_STORED, ZipStream

from stylizer.models import Stylization
from stylizer.stored_file import pieces_of

STEM_LENGTH = 60


def zip_response(jobs: Iterable[Stylization], name: str) -> StreamingHttpResponse:
    """Return the results of ``jobs`` (which want ``photo`` and ``style`` selected) as the attachment ``name``.

    Stored, not compressed: pictures are compressed already. Its length is known, so browsers can show progress.
    """
    archive = ZipStream(compress_type=ZIP_STORED, sized=True)
    for arcname, job in unique_names(jobs):
        try:
            size = job.result.size
        except FileNotFoundError:  # deleted while the archive was put together
            continue
        archive.add(pieces_of(job.result), arcname, size=size)
    response = StreamingHttpResponse(archive, content_type="application/zip")
    response["Content-Length"] = str(len(archive))
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def unique_names(jobs: Iterable[Stylization]) -> Iterator[tuple[str, Stylization]]:
    """Yield each job that has a result with its file's name: "photo–style.jpg", numbered where several have the same.

    Compared without case, for systems that make no difference.
    """
    taken: set[str] = set()
    for job in jobs:
        if not job.result:
            continue
        stem, number = f"{_safe(PurePath(job.photo.name).stem) or 'photo'}–{job.style.slug}", 1
        name = f"{stem}{job.suffix}"
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}{job.suffix}"
        taken.add(name.casefold())
        yield name, job


def _safe(stem: str) -> str:
    """Return what any system takes as a file's name: letters, digits, spaces and some signs, no dot in front."""
    return re.sub(r"[^\w ()+,=@-]+", "_", stem)[:STEM_LENGTH].strip(" _")

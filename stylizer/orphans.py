"""Files in storage that no row names: what a process that was killed has left, or a row that went without its files.

A file is written before its row and removed after it, so only an old file without a row is an orphan.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.apps import apps
from django.core.files.storage import default_storage
from django.utils import timezone

from stylizer import style_files
from stylizer.ownership import files_named_by

YOUNG = timedelta(days=1)
"""Until when a file may be on its way to its row; a backup being restored takes the longest."""


class Orphan(NamedTuple):
    """A file without a row."""

    name: str
    bytes: int


def orphans(older_than: timedelta = YOUNG) -> Iterator[Orphan]:
    """Yield the files that no row names and that were last written to longer ago than ``older_than``.

    Those of the catalog are left to :func:`stylizer.style_files.prune_style_files`: a job in work may still read what
    its style was before.
    """
    limit = timezone.now() - older_than
    # The files first: whatever is in storage by now and to stay has its row when the rows are read, or is young.
    old = list(_old_files(limit))
    named = set(named_files())
    yield from (orphan for orphan in old if orphan.name not in named)


def remove_orphans(older_than: timedelta = YOUNG) -> list[Orphan]:
    """Remove them, and return what was removed."""
    found = list(orphans(older_than))
    for orphan in found:
        default_storage.delete(orphan.name)
    return found


def named_files() -> Iterator[str]:
    """Yield the name of every file that a row names, of every app; some more than once."""
    return files_named_by(apps.get_models())


def _old_files(limit: datetime) -> Iterator[Orphan]:
    every_file = getattr(default_storage, "every_file", None)
    if every_file is not None:
        for file in every_file():
            if file.modified < limit and not file.name.startswith(f"{style_files.FOLDER}/"):
                yield Orphan(file.name, file.bytes)
        return
    for name in _stored(""):
        if (orphan := _if_old(name, limit)) is not None:
            yield orphan


def _stored(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored, or the folder went meanwhile
        return
    yield from (posixpath.join(folder, name) for name in files)
    for name in folders:
        inner = posixpath.join(folder, name)
        if inner != style_files.FOLDER:
            yield from _stored(inner)


def _if_old(name: str, limit: datetime) -> Orphan | None:
    try:
        if default_storage.get_modified_time(name) < limit:
            return Orphan(name, default_storage.size(name))
    except FileNotFoundError:  # removed meanwhile
        pass
    return None

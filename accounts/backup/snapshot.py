"""The database and the files as they were at one moment, while the server goes on working."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import DEFAULT_STORAGE_ALIAS
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.db import DEFAULT_DB_ALIAS, connections, transaction

_ALIAS = "backup"


@contextlib.contextmanager
def frozen_database() -> Iterator[str]:
    """Yield the alias of a database that does not change any more.

    PostgreSQL: the same one in a REPEATABLE READ transaction. SQLite: a copy, because a transaction would keep writers
    waiting for as long as the backup takes.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "sqlite":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield DEFAULT_DB_ALIAS
        return
    with tempfile.TemporaryDirectory(dir=Path(connection.settings_dict["NAME"]).parent, prefix=".backup-") as folder:
        copy = Path(folder) / "easel.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
        connections.databases[_ALIAS] = connection.settings_dict | {"NAME": str(copy)}
        try:
            yield _ALIAS
        finally:
            connections[_ALIAS].close()
            del connections[_ALIAS]
            del connections.databases[_ALIAS]


class FileSnapshot:
    """Stored files, of which none goes away any more.

    Files are written before the row that names them and never changed, and removed after it. So whoever holds all files
    first, then freezes the database, and then holds what was added in between, has every file that a row names; but for
    one that came and went again in that moment, which is told as missing.
    """

    def __init__(self, root: Path | None, folder: Path | None) -> None:
        self._root, self._folder = root, folder

    def hold(self) -> None:
        """Hold every file there is now."""
        if self._root is None or self._folder is None:
            return
        for parent, _, names in os.walk(self._root):
            for name in names:
                path = Path(parent) / name
                held = self._folder / path.relative_to(self._root)
                with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                    if not held.exists():
                        _hold(path, held)

    def open(self, name: str) -> tuple[int, contextlib.AbstractContextManager[object]] | None:
        """Return the size and the open file; ``None`` where it is not there."""
        try:
            if self._folder is not None:
                path = self._folder / name
                return path.stat().st_size, path.open("rb")
            return default_storage.size(name), default_storage.open(name, "rb")
        except FileNotFoundError:
            return None


@contextlib.contextmanager
def held_files() -> Iterator[FileSnapshot]:
    """Hold every stored file, without copying: by a second name on the same disk.

    A storage that is no folder is read as it is; a file that is removed while the backup runs is then told as missing.
    """
    storage = storages[DEFAULT_STORAGE_ALIAS]
    if not isinstance(storage, FileSystemStorage):
        yield FileSnapshot(None, None)
        return
    root = Path(storage.location)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=".backup-") as folder:
        snapshot = FileSnapshot(root, Path(folder))
        snapshot.hold()
        yield snapshot


def _hold(path: Path, held: Path) -> None:
    held.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, held, follow_symlinks=False)
    except OSError as error:
        # Another disk, or a file system without second names.
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(path, held)

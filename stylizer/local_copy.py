"""Style files on the disk, where engines read them: as they are stored, or fetched from the bucket once a host."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db.models.fields.files import FieldFile

from mlcore.errors import CheckpointError
from stylizer.stored_file import pieces_of

UNUSED_DAYS = 30
_FOLDER = "checkpoints"


def local_copy(file: FieldFile, sha256: str) -> Path:
    """Return where the file lies on this host's disk; it is fetched where it does not.

    A fetched file is kept beside the engines, named by its content, so that neither a style that was replaced nor
    another process can put anything else in its place.

    Raises:
        CheckpointError: the file is not in the bucket, or is not what the catalog says.
    """
    try:
        return Path(file.path)
    except NotImplementedError:  # a bucket
        pass
    folder = Path(settings.EASEL_ENGINE_CACHE) / _FOLDER
    path = folder / f"{sha256}{PurePosixPath(str(file.name)).suffix}"
    try:
        os.utime(path)  # says that it is used
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(file, sha256, path)
        _remove_unused(folder)
    return path


def _fetch(file: FieldFile, sha256: str, path: Path) -> None:
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".fetched-", delete=False) as part:
        try:
            for piece in pieces_of(file):
                digest.update(piece)
                part.write(piece)
            if digest.hexdigest() != sha256:
                raise CheckpointError(f"{file.name} is not what was stored: its checksum is another.")
            part.flush()
            os.replace(part.name, path)
        except BaseException as error:
            Path(part.name).unlink(missing_ok=True)
            if isinstance(error, FileNotFoundError):
                raise CheckpointError(f"{file.name} is not in the storage.") from error
            raise


def _remove_unused(folder: Path) -> None:
    limit = time.time() - UNUSED_DAYS * 86_400
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process does the same
            if path.stat().st_mtime < limit:
                path.unlink()

"""Writing a backup: one tar file with the rows, the files they name, the signing key, and a manifest of checksums."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.backup import contents
from accounts.backup.snapshot import FileSnapshot, frozen_database, held_files

Report = Callable[[str], None]


def write_backup(path: Path, report: Report) -> dict[str, Any]:
    """Write ``path``, readable by its owner alone, and return the manifest; nothing is there until all of it is.

    Args:
        path: the file to make; one that is there is replaced.
        report: is told of each step, in words.

    Raises:
        OSError: the disk is full, or the folder cannot be written to.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            manifest = _write(file, report)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(file: IO[bytes], report: Report) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "format_version": contents.FORMAT_VERSION,
        "made_at": timezone.now().isoformat(),
        "database": connection.vendor,
        "migrations": contents.migrations(connection),
        "rows": {},
        "missing": [],
        "members": {},
    }
    report("holding the files …")
    with held_files() as files, frozen_database() as database, tarfile.open(fileobj=file, mode="w") as archive:
        files.hold()
        report("reading the database …")
        _add_rows(archive, database, manifest)
        names = sorted(set(contents.named_files(database)))
        for done, name in enumerate(names, start=1):
            _add_file(archive, files, name, manifest)
            if done % 1000 == 0 or done == len(names):
                report(f"{done:,} of {len(names):,} files")
        key = settings.DATA_DIR / "secret_key.txt"
        if key.is_file() and key.read_text().strip() == settings.SECRET_KEY:
            _add(archive, contents.KEY, len(key.read_bytes()), io.BytesIO(key.read_bytes()), manifest)
        encoded = json.dumps(manifest, indent=1).encode()
        archive.addfile(_entry(contents.MANIFEST, len(encoded)), io.BytesIO(encoded))
    return manifest


def _add_rows(archive: tarfile.TarFile, database: str, manifest: dict[str, Any]) -> None:
    with tempfile.TemporaryFile() as spool:
        # No time in the header: the same rows make the same bytes.
        with gzip.GzipFile(fileobj=spool, mode="wb", mtime=0) as lines:
            for model in contents.kept_models():
                count = 0
                for line in contents.rows_as_lines(model, database):
                    lines.write(line.encode())
                    count += 1
                manifest["rows"][model._meta.label] = count
        size = spool.tell()
        spool.seek(0)
        _add(archive, contents.DATABASE, size, spool, manifest)


def _add_file(archive: tarfile.TarFile, files: FileSnapshot, name: str, manifest: dict[str, Any]) -> None:
    opened = files.open(name)
    if opened is None:
        manifest["missing"].append(name)
        return
    size, file = opened
    with file as content:
        _add(archive, contents.MEDIA + name, size, content, manifest)


def _add(archive: tarfile.TarFile, name: str, size: int, content: Any, manifest: dict[str, Any]) -> None:
    reader = HashingReader(content)
    archive.addfile(_entry(name, size), reader)
    manifest["members"][name] = {"bytes": size, "sha256": reader.digest.hexdigest()}


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class HashingReader:
    """A file that is read once, and whose SHA-256 is known then."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next piece."""
        piece: bytes = self.file.read(size)
        self.digest.update(piece)
        return piece

"""Checking a backup, and putting it into an empty installation.

A backup is as trustworthy as whoever could write the file, but a damaged one must not do half a job: all of it is read
and compared with its checksums before the first row or file is written.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import posixpath
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import serializers
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import connection, transaction

from accounts.backup import contents
from accounts.backup.write import HashingReader
from gallery.models import Artwork
from stylizer.models import Photo, Style, Stylization

Report = Callable[[str], None]


class BackupError(Exception):
    """The backup cannot be used here; the text says why and what to do."""


def check_backup(path: Path) -> dict[str, Any]:
    """Read all of ``path`` and return its manifest.

    Raises:
        BackupError: it is no backup, of a newer format, or damaged.
    """
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(path, mode="r:") as archive:
            for entry in archive:
                content = archive.extractfile(entry) if _is_safe(entry) else None
                if content is None:
                    raise BackupError(f"{path} has a part called {entry.name!r}, which no backup has. It is not used.")
                if entry.name == contents.MANIFEST:
                    manifest = json.load(content)
                    continue
                reader = HashingReader(content)
                while reader.read(1 << 20):
                    pass
                found[entry.name] = {"bytes": entry.size, "sha256": reader.digest.hexdigest()}
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BackupError(f"{path} is no backup of Easel, or it is damaged: {error}. Take another one.") from error
    if not isinstance(manifest, dict) or "members" not in manifest:
        raise BackupError(f"{path} is no backup of Easel, or its end is missing. Take another one.")
    if manifest.get("format_version") != contents.FORMAT_VERSION:
        raise BackupError(
            f"{path} has format {manifest.get('format_version')}, and this version of Easel reads "
            f"{contents.FORMAT_VERSION}. Use the version that made it."
        )
    if wrong := sorted(
        name for name in {*found, *manifest["members"]} if found.get(name) != manifest["members"].get(name)
    ):
        raise BackupError(
            f"{path} is damaged: {len(wrong)} of its parts are not what was written, {wrong[0]} for one. Take "
            "another one."
        )
    return manifest


def _is_safe(entry: tarfile.TarInfo) -> bool:
    name = entry.name
    known = name in (contents.MANIFEST, contents.DATABASE, contents.KEY) or name.startswith(contents.MEDIA)
    plain = (
        posixpath.normpath(name) == name and not name.startswith(("/", "..")) and "\\" not in name and "\0" not in name
    )
    return known and plain and entry.isreg()


def restore_backup(path: Path, report: Report) -> dict[str, Any]:
    """Put a backup into this installation and return its manifest; all of it or, after an error, nothing.

    Raises:
        BackupError: as :func:`check_backup`; or there is something here already, or the tables are of another version.
    """
    report("checking the backup …")
    manifest = check_backup(path)
    _check_version(manifest)
    if (present := _what_is_here()) is not None:
        raise BackupError(
            f"This installation has {present} already. A backup goes into an empty one: give it a data folder and a "
            "database of its own (EASEL_DATA_DIR, DATABASE_URL)."
        )
    written: list[str] = []
    try:
        with tarfile.open(path, mode="r:") as archive:
            for entry in archive:
                if entry.name.startswith(contents.MEDIA):
                    _store(archive, entry, written)
                    if len(written) % 1000 == 0:
                        report(f"{len(written):,} files")
            report("writing the database …")
            _load_rows(archive)
            _take_key(archive)
    except BaseException:
        for name in written:
            default_storage.delete(name)
        raise
    return manifest


def _check_version(manifest: dict[str, Any]) -> None:
    here, there = set(contents.migrations(connection)), set(manifest["migrations"])
    if here == there:
        return
    newer = sorted(there - here) or sorted(here - there)
    raise BackupError(
        f"The backup was made by {'a newer' if there - here else 'an older'} version of Easel, by {newer[0]}"
        + (f" and {len(newer) - 1} more" if len(newer) > 1 else "")
        + ". Restore it with the version that made it, then upgrade."
    )


def _what_is_here() -> str | None:
    for model in (User, Photo, Stylization, Artwork):
        if count := model._default_manager.count():
            return f"{count} {model._meta.verbose_name_plural if count > 1 else model._meta.verbose_name}"
    return None


def _store(archive: tarfile.TarFile, entry: tarfile.TarInfo, written: list[str]) -> None:
    name = entry.name.removeprefix(contents.MEDIA)
    content = archive.extractfile(entry)
    assert content is not None  # noqa: S101  # a regular file: check_backup() saw it
    if default_storage.exists(name):  # of the starter styles, or from a restore that was cut off
        default_storage.delete(name)
    written.append(name)
    if (stored := default_storage.save(name, File(content))) != name:
        written.append(stored)
        raise BackupError(f"The storage does not take a file called {name}. Is something else writing there?")


def _load_rows(archive: tarfile.TarFile) -> None:
    packed = archive.extractfile(contents.DATABASE)
    assert packed is not None  # noqa: S101  # likewise
    models = contents.kept_models()
    with gzip.open(packed, "rt", encoding="utf-8") as lines, transaction.atomic():
        # The starter styles, which every start adds; the backup has its own.
        Style.objects.all().delete()
        with connection.constraint_checks_disabled():
            for row in serializers.deserialize("jsonl", lines):
                # force_insert: where there is a row already, the two are not of the same installation.
                row.save(force_insert=True)
        connection.check_constraints()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)


def _take_key(archive: tarfile.TarFile) -> None:
    """Keep the backup's signing key unless the environment gives one: secrets of webhooks are sealed with it."""
    with contextlib.suppress(KeyError):
        content = archive.extractfile(contents.KEY)
        path = settings.DATA_DIR / "secret_key.txt"
        if content is not None and path.is_file() and path.read_text().strip() == settings.SECRET_KEY:
            part = path.with_suffix(".part")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content.read())
            part.replace(path)


def described(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a backup holds, in lines."""
    rows = manifest["rows"]
    files = [entry for name, entry in manifest["members"].items() if name.startswith(contents.MEDIA)]
    size = sum(entry["bytes"] for entry in files) / 1e6
    yield f"made {manifest['made_at'][:19]} UTC from {manifest['database']}"
    yield ", ".join(
        f"{rows.get(label, 0):,} {what}"
        for label, what in (
            ("auth.User", "accounts"),
            ("stylizer.Style", "styles"),
            ("stylizer.Stylization", "jobs"),
            ("gallery.Artwork", "artworks"),
        )
    )
    yield f"{len(files):,} files, {size:,.1f} MB"
    if manifest["missing"]:
        yield f"{len(manifest['missing'])} files that rows name were not there, {manifest['missing'][0]} for one"

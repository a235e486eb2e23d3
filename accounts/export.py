"""Everything somebody owns, as a ZIP that is made while it is sent: at no time is more than a piece of it in memory."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from django.contrib.auth.models import User
from django.utils import timezone
from zipstream import ZipStream

from accounts.exported_rows import account_facts, exported_rows
from mlcore.photo_formats import open_image
from stylizer.ownership import StoredFile, files_belonging_to
from stylizer.photo_validators import ACCEPTED_FORMATS

FORMAT_VERSION = 1
"""Of manifest.json; a program that reads it should refuse a higher one."""
_CHUNK = 256 * 1024
_SUFFIXES = {"JPEG": ".jpg"}


def export_zip(user: User) -> Iterator[bytes]:
    """Yield the archive: every file, then ``manifest.json``, which says what each is and carries everything else.

    The manifest comes last because only then the files' checksums are known.
    """
    archive = ZipStream()  # stored: pictures are compressed already
    # Of many thousand files even what is said of them would be much to hold.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as facts:
        for file in files_belonging_to(user):
            said = _facts(file)
            try:
                content = file.storage.open(file.name, "rb")
            except FileNotFoundError:
                said["missing"] = True
            else:
                with content:
                    said["path"] = path = _path(file, content)
                    archive.add(_read(content, said), path)
                    yield from archive.all_files()
            facts.write(json.dumps(said) + "\n")
        facts.seek(0)
        archive.add(_manifest(user, facts), "manifest.json")
        yield from archive.finalize()


def _facts(file: StoredFile) -> dict[str, Any]:
    return {"of": file.holding.model._meta.label_lower, "id": str(file.pk), "field": file.field.name, "path": None}


def _path(file: StoredFile, content: Any) -> str:
    """Name the file by what it is; nothing that a person typed is part of a path."""
    kind = str(file.holding.model._meta.verbose_name_plural).replace(" ", "-")
    stem, dot, suffix = file.name.rpartition("/")[2].rpartition(".")
    return f"{kind}/{file.pk}/{file.field.name}{dot + suffix if stem else _suffix_by_content(content)}"


def _suffix_by_content(content: Any) -> str:
    """Return how the name of a picture should end: uploads are stored without their own name."""
    try:
        with open_image(content.file, ACCEPTED_FORMATS) as image:
            name = image.format or ""
    except Exception:  # nearly any, of Pillow's decoders; the upload was one of ours once, but a file may be damaged
        name = ""
    content.seek(0)
    return _SUFFIXES.get(name, f".{name.lower()}" if name else "")


def _read(content: Any, said: dict[str, Any]) -> Iterator[bytes]:
    """Yield the file and, having seen all of it, say its size and checksum."""
    digest, size = hashlib.sha256(), 0
    while piece := content.read(_CHUNK):
        digest.update(piece)
        size += len(piece)
        yield piece
    said |= {"bytes": size, "sha256": digest.hexdigest()}


def _manifest(user: User, facts: IO[str]) -> Iterator[bytes]:
    head = {"format_version": FORMAT_VERSION, "made_at": timezone.now().isoformat(), "account": account_facts(user)}
    yield json.dumps(head, indent=1).removesuffix("\n}").encode()
    yield b',\n "records": {'
    separator = ""
    for label, rows in exported_rows(user):
        yield f"{separator}\n  {json.dumps(label)}: [".encode()
        yield from _listed(rows)
        yield b"]"
        separator = ","
    yield b'\n },\n "files": ['
    yield from _listed(line.rstrip("\n") for line in facts)
    yield b"]\n}\n"


def _listed(lines: Iterator[str]) -> Iterator[bytes]:
    separator = ""
    for line in lines:
        yield f"{separator}\n   {line}".encode()
        separator = ","

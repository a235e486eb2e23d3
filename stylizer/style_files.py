"""The files of the catalog: named by content, so that several rows may name one, and removed when none does."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from stylizer.models import Style, StyleSample

FOLDER = "styles"
YOUNG_SECONDS = 3600
_SEEN = "stylizer.unnamed-style-files"


def store_style_file(content: bytes, suffix: str) -> str:
    """Store a file under the hash of its content and return its name."""
    name = f"{FOLDER}/{hashlib.sha256(content).hexdigest()}{suffix}"
    # Written anew though it may be there: pruning leaves young files alone.
    default_storage.delete(name)
    return default_storage.save(name, ContentFile(content))


def files_of(style: Style) -> set[str]:
    """Return the names of a style's files."""
    names = {str(file.name) for file in (style.checkpoint, style.preview, style.style_image) if file.name}
    return names | set(style.samples.values_list("image", flat=True))


def delete_unnamed(names: Iterable[str]) -> None:
    """Delete those of ``names`` that no row names."""
    for name in set(names) - _named_files():
        default_storage.delete(name)


def prune_style_files() -> list[str]:
    """Delete files of the catalog that no row names, and return their names.

    A file has to be without a row at two looks, an hour apart by the schedule: a job that was claimed before its style
    was replaced may still load the old one, and a file is stored before its row.
    """
    try:
        _, found = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return []
    unnamed = {f"{FOLDER}/{name}" for name in found} - _named_files()
    seen = cache.get(_SEEN, [])
    cache.set(_SEEN, sorted(unnamed), timeout=24 * 3600)
    pruned = [name for name in sorted(unnamed & set(seen)) if not _is_young(name)]
    for name in pruned:
        default_storage.delete(name)
    return pruned


def _named_files() -> set[str]:
    rows = [
        *Style.objects.values_list("checkpoint", "preview", "style_image"),
        *StyleSample.objects.values_list("image"),
    ]
    return {name for row in rows for name in row if name}


def _is_young(name: str) -> bool:
    try:
        return time.time() - default_storage.get_modified_time(name).timestamp() < YOUNG_SECONDS
    except FileNotFoundError:
        return True

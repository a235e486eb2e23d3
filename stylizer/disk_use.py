"""What lies on the disk or in the bucket, by kind. Walking it takes a while, so it is done hourly and remembered."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.utils import timezone

_KEY = "stylizer.disk-use"
_KINDS = {
    "photos": "Photos",
    "stylizations": "Paintings in the history",
    "artworks": "Gallery",
    "styles": "Styles",
    "intakes": "Checkpoints being checked",
}
_ENGINES = "Engine cache"
REMEMBERED_SECONDS = 2 * 3600


@dataclass(frozen=True)
class DiskUse:
    """Bytes by kind, the largest first, and what is left."""

    kinds: list[tuple[str, int]]
    free: int
    total: int
    measured_at: datetime

    @property
    def free_share(self) -> float:
        """Share of the disk that is free, 0 to 1."""
        return self.free / self.total if self.total else 0.0


def disk_use() -> DiskUse:
    """Return what was measured in the last hours, or measure it."""
    found: DiskUse | None = cache.get(_KEY)
    return found or measure_disk()


def measure_disk() -> DiskUse:
    """Look at every stored file, and remember the sums."""
    root = Path(settings.MEDIA_ROOT)
    kinds = {_KINDS.get(name, name.capitalize()): size for name, size in _bytes_by_folder(root).items()}
    kinds[_ENGINES] = _bytes_below(Path(settings.EASEL_ENGINE_CACHE))
    space = shutil.disk_usage(root if root.is_dir() else settings.DATA_DIR)
    largest_first = sorted(kinds.items(), key=lambda kind: -kind[1])
    use = DiskUse(largest_first, space.free, space.total, timezone.now())
    cache.set(_KEY, use, REMEMBERED_SECONDS)
    return use


def _bytes_by_folder(root: Path) -> dict[str, int]:
    every_file = getattr(default_storage, "every_file", None)
    if every_file is None:
        folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
        return {folder.name: _bytes_below(folder) for folder in folders}
    sums: Counter[str] = Counter()
    for file in every_file():
        sums[file.name.partition("/")[0]] += file.bytes
    return sums


def _bytes_below(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name), follow_symlinks=False).st_size
            except FileNotFoundError:  # removed meanwhile
                continue
    return total

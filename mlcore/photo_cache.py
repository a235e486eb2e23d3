"""Photos decoded and resized once, kept on disk, so that later epochs read pixels instead of decoding again."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

logger = logging.getLogger(__name__)

KEPT_FREE = 2**30
"""Disk space that the cache leaves for checkpoints, bytes."""


class PhotoCache:
    """A folder with one ``.npy`` file for each photo: uint8, (height, width, 3).

    Files, rather than memory, so that all loader processes and later runs on the same photos share them; the
    operating system keeps the ones in use in memory anyway. A hit and a miss give the same pixels, so a run is the
    same with and without.

    Args:
        folder: made when the first photo is kept.
        max_bytes: about how much disk space to take; photos beyond are decoded every time.
        side: length of the photos' shorter side, pixels, part of a file's name.
    """

    def __init__(self, folder: Path, max_bytes: int, side: int) -> None:
        self.folder = folder
        self.side = side
        # Photos are about 3:2; the estimate needs no look at 100,000 files before the first step.
        self.max_photos = max_bytes // (side * side * 3 * 3 // 2)

    def get(self, position: int, path: Path) -> Image.Image | None:
        """Return a kept photo, or ``None``; a damaged file counts as absent."""
        if position >= self.max_photos:
            return None
        try:
            pixels = np.load(self._file(path), allow_pickle=False)
            return Image.fromarray(pixels) if pixels.dtype == np.uint8 and pixels.ndim == 3 else None
        except (OSError, ValueError, EOFError):
            return None

    def put(self, position: int, path: Path, image: Image.Image) -> None:
        """Keep an RGB photo. A full disk ends the keeping, not the run."""
        if position >= self.max_photos:
            return
        temporary = self.folder / f".{secrets.token_hex(8)}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self.folder).free < KEPT_FREE:
                self.max_photos = 0
                return
            # Renamed when whole, but not synchronised to the disk one by one: a power cut costs decoding again.
            with temporary.open("wb") as file:
                np.save(file, np.asarray(image), allow_pickle=False)
            temporary.replace(self._file(path))
        except OSError as error:
            logger.warning("Photos are no longer kept in %s: %s. See --cache-mb.", self.folder, error.strerror)
            self.max_photos = 0
            with contextlib.suppress(OSError):
                temporary.unlink()

    def _file(self, path: Path) -> Path:
        """Name the file by what it was made from: a photo that was replaced is decoded again."""
        status = path.stat()
        made_from = f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}\0{self.side}"
        return self.folder / f"{hashlib.sha256(made_from.encode()).hexdigest()[:32]}.npy"

"""Quantisations kept on disk, so that each style is quantised once per machine. Needs neither torch nor openvino.

What is kept are ranges and measurements, 40 KB a style: building and compiling the graph from them takes less time
than reading a compiled one would.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlcore.engines.machine import machine_digest
from mlcore.engines.quantisation import Quantisation
from mlcore.image_io import write_atomically
from mlcore.progress_report import Report, silent

VERSION = 1
"""Of the graph and of how ranges are found: what another version found is found again."""
CAPACITY = 256
"""Records kept; those used longest ago are removed."""
_PATIENCE = 0.1
_SHA256 = re.compile("[0-9a-f]{64}")

logger = logging.getLogger(__name__)


class QuantisationCache:
    """A folder of records, shared by processes.

    Args:
        folder: need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, sha256: str) -> Quantisation | None:
        """Return what was found on this machine for the style file of this digest, if anything was."""
        path = self._path(sha256)
        try:
            found = Quantisation.from_json(path.read_bytes())
        except (OSError, ValueError):  # not there, or damaged: found again
            return None
        with suppress(OSError):  # a folder that can only be read
            os.utime(path)
        return found

    def get(self, sha256: str, find: Callable[[], Quantisation], report: Report = silent) -> Quantisation:
        """Return the record, made with ``find`` where there is none.

        Only one process quantises at a time; the others wait, and find what it kept.

        Args:
            sha256: of the style file, hexadecimal.
            find: quantises; what it raises is raised.
            report: called with 0 while waiting; what it raises ends that.
        """
        found = self.read(sha256)
        if found is not None:
            return found
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            logger.warning("quantisations are not kept: %s cannot be written (%s)", self._folder, error.strerror)
            return find()
        with _locked(descriptor, report):
            found = self.read(sha256)
            if found is None:
                found = find()
                self._write(sha256, found)
            return found

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no SHA-256 digest")
        return self._folder / f"{sha256}-{machine_digest(None)[:16]}-{VERSION}.json"

    def _write(self, sha256: str, found: Quantisation) -> None:
        path = self._path(sha256)
        try:
            write_atomically(path, found.as_json({"style_sha256": sha256, "machine": machine_digest(None)}))
            for old in sorted(self._folder.glob("*.json"), key=lambda one: one.stat().st_mtime)[:-CAPACITY]:
                old.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("a quantisation is not kept: %s cannot be written (%s)", path, error.strerror)


@contextmanager
def _locked(descriptor: int, report: Report) -> Iterator[None]:
    """Hold the file's lock, which ends with the process at the latest, and close the file."""
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                report(0.0)
                time.sleep(_PATIENCE)
        yield
    finally:
        os.close(descriptor)

"""A small file system of its own under a folder, which can be filled or take no writes; only root may mount it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from nstsite.tests.live.waiting import wait_for

FILLING = "filling"


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Mount one at ``folder``; everything in it goes with it.

    Raises:
        PermissionError: this machine does not let us.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "easel-test", str(folder)], check=False)
    if done.returncode:
        raise PermissionError("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """Fill it to the last byte meanwhile."""
    path = disk / FILLING
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    try:
        yield
    finally:
        path.unlink()


@contextlib.contextmanager
def refusing_writes(disk: Path) -> Iterator[None]:
    """Let it be read only meanwhile."""
    wait_for("a moment without a write", lambda: _remounted(disk, "ro"), every=0.02)
    try:
        yield
    finally:
        assert _remounted(disk, "rw")


def _remounted(disk: Path, how: str) -> bool:
    done = subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=False, capture_output=True)
    return done.returncode == 0

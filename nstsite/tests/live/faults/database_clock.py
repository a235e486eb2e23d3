"""What a database's server takes for the time, to be put forward and back; wants Debian's package libfaketime."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

_LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


class DatabaseClock:
    """A file that says how far the clock is from the true time, and the server's variables that make it look there."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "time"
        self.put(0)
        self.environment = {
            "LD_PRELOAD": str(_LIBRARIES[-1]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def put(self, seconds: float) -> None:
        """Put it forward, or back, from the true time."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{round(seconds):+d}\n")
        draft.chmod(0o644)
        draft.rename(self._file)


@contextlib.contextmanager
def database_clock() -> Iterator[DatabaseClock | None]:
    """Give one for a while; ``None`` without the library."""
    if not _LIBRARIES:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="easel-clock-") as name:
        Path(name).chmod(0o755)  # root's server is another user
        yield DatabaseClock(Path(name))

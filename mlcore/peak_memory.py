"""The most main memory that this process has had."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path


def forget_peak() -> None:
    """Let :func:`peak_bytes` begin anew with what the process has now; Linux only, elsewhere it does nothing."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """Return the most that this process has had in main memory."""
    try:
        # Not ru_maxrss, which on Linux begins with what the parent had when this process was started.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

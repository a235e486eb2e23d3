"""Limits a process puts on itself before it opens a stranger's file."""

from __future__ import annotations

import resource
import signal
from pathlib import Path
from types import FrameType

GRACE_SECONDS = 5


class OutOfTime(BaseException):
    """The processor time is used up. No ``Exception``, so that a decoder's own error handling cannot swallow it."""


def limit_this_process(*, memory_mb: int, cpu_seconds: int, file_mb: int) -> None:
    """Limit what this process may still take; nothing can raise the limits again.

    Call it after the libraries are imported and before the file is opened.

    Args:
        memory_mb: MiB of private memory to come (RLIMIT_DATA, Linux only). Beyond it allocation fails: MemoryError,
            or RuntimeError from torch. Not RLIMIT_AS: torch maps gigabytes of libraries that cost nothing.
        cpu_seconds: seconds of processor time to come. Beyond it :class:`OutOfTime` is raised in the main thread;
            where that cannot be heard the kernel ends the process :data:`GRACE_SECONDS` later.
        file_mb: MiB of the largest file it may write; beyond it writing fails with OSError.
    """
    signal.signal(signal.SIGXCPU, _raise_out_of_time)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(usage.ru_utime + usage.ru_stime) + 1 + cpu_seconds
    _lower(resource.RLIMIT_CPU, seconds, seconds + GRACE_SECONDS)
    _lower(resource.RLIMIT_FSIZE, file_mb * 2**20)
    _lower(resource.RLIMIT_CORE, 0)
    limit_memory(memory_mb * 2**20)


def limit_memory(more_bytes: int) -> None:
    """Make allocation fail once this process has taken ``more_bytes`` of private memory more; Linux only."""
    used = _private_memory()
    if used is not None:
        _lower(resource.RLIMIT_DATA, used + more_bytes)


def _lower(which: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, but never above one that the process was started with."""
    _, ceiling = resource.getrlimit(which)
    hard = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))


def _private_memory() -> int | None:
    """Return what RLIMIT_DATA counts, in bytes; ``None`` where the system does not say."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def _raise_out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTime

"""Processor time that processes have taken, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from nstsite.tests.live.proc_stat import stat_fields

_TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pids: Iterable[int]) -> float:
    """Return what these processes have taken, with their children that have ended; one that is gone counts nothing."""
    total = 0
    for pid in pids:
        fields = stat_fields(pid)
        total += sum(map(int, fields[11:15])) if fields else 0
    return total / _TICKS


def with_children(pids: Collection[int]) -> set[int]:
    """Return these processes and all that descend from them."""
    parents = {pid: int(fields[1]) for pid in _all() if (fields := stat_fields(pid))}
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def listening_postgres(port: int) -> set[int]:
    """Return the PostgreSQL server that was started for ``port``."""
    found = set()
    for pid in _all():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if command[0].endswith(b"/postgres") and str(port).encode() in command:
            found.add(pid)
    return found


def _all() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]

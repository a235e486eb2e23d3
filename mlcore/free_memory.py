"""How much memory there is to take: of a GPU, or of the machine within the limits that this process runs under."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UNLIMITED = 2**60
"""Version 1 control groups write a number beyond this where there is no limit."""


@dataclass(frozen=True)
class FreeMemory:
    """What this process may still take, and of how much, in bytes."""

    free: int
    total: int
    limit: str = ""
    """What keeps ``total`` below what the machine has: "control group" or "ulimit"; "" for nothing."""


def free_host_memory(root: Path = Path("/")) -> FreeMemory | None:
    """Return the main memory that a process of this control group can get without swapping; ``None`` if not on Linux.

    Files cached by the kernel count as free, since it drops them.

    Args:
        root: where /proc and /sys lie.
    """
    try:
        machine = _table(root / "proc/meminfo")
        found = FreeMemory(machine["MemAvailable"] * 1024, machine["MemTotal"] * 1024)
    except (OSError, KeyError):
        return None
    for group in _control_groups(root):
        limit, free = group
        found = _lower(found, free, limit, "control group")
    try:
        process = _table(root / "proc/self/status")
    except OSError:
        return found
    for which, used in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        limit, _ = resource.getrlimit(which)
        if limit != resource.RLIM_INFINITY and used in process:
            found = _lower(found, limit - process[used] * 1024, limit, "ulimit")
    return found


def _lower(found: FreeMemory, free: int, total: int, limit: str) -> FreeMemory:
    """Return ``found`` within one more limit."""
    if total >= found.total:
        return FreeMemory(max(0, min(found.free, free)), found.total, found.limit)
    return FreeMemory(max(0, min(found.free, free)), total, limit)


def _control_groups(root: Path) -> Iterator[tuple[int, int]]:
    """Yield limit and free bytes of this process's control group and of those around it that have a limit."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mounts = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2
            mount, names = mounts, ("memory.max", "memory.current", "inactive_file", "active_file")
        elif "memory" in controllers.split(","):
            mount = mounts / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "total_active_file")
        else:
            continue
        # In a container the path is the host's, and the mount shows this group alone.
        group = mount / path.lstrip("/")
        for folder in (group, *group.parents):
            yield from _limit_of(folder, *names)
            if folder == mount:
                break


def _limit_of(folder: Path, limit_name: str, used_name: str, *cached: str) -> Iterator[tuple[int, int]]:
    try:
        limit = int((folder / limit_name).read_text())
        used = int((folder / used_name).read_text())
        statistics = _table(folder / "memory.stat")
    except (OSError, ValueError):  # no such group here, or its limit is "max"
        return
    if limit < _UNLIMITED:
        yield limit, limit - used + sum(statistics.get(name, 0) for name in cached)


def _table(path: Path) -> dict[str, int]:
    """Read lines of a name and a number, as the kernel writes them: ``MemTotal:  24684092 kB``."""
    table = {}
    for line in path.read_text().splitlines():
        name, *values = line.replace(":", " ").split()
        if values and values[0].isdecimal():
            table[name] = int(values[0])
    return table

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from mlcore.free_memory import FreeMemory, free_host_memory

GIB = 2**30
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path):
    """A machine of 8 GiB, 6 of them free; more files are given by path."""

    def make(**files: object) -> Path:
        written = {"proc/meminfo": f"MemTotal:  {8 * 2**20} kB\nMemFree: 1 kB\nMemAvailable: {6 * 2**20} kB\n"}
        for path, text in (written | files).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(str(text))
        return tmp_path

    return make


def version_2(folder: str, limit: object, used: int, cached: int = 0) -> dict[str, object]:
    folder = f"sys/fs/cgroup/{folder}".rstrip("/")
    return {
        f"{folder}/memory.max": limit,
        f"{folder}/memory.current": used,
        f"{folder}/memory.stat": f"anon 1\ninactive_file {cached}\nactive_file 0\n",
    }


def test_a_machine_without_limits(machine):
    assert free_host_memory(machine()) == FreeMemory(6 * GIB, 8 * GIB)


def test_not_on_linux(tmp_path):
    assert free_host_memory(tmp_path) is None


def test_a_control_group_of_version_2_and_the_one_around_it(machine):
    own = {"proc/self/cgroup": "0::/app/worker\n"} | version_2("app/worker", "max\n", GIB)
    assert free_host_memory(machine(**own)) == FreeMemory(6 * GIB, 8 * GIB)
    around = version_2("app", 4 * GIB, 3 * GIB, cached=2 * GIB)
    assert free_host_memory(machine(**own, **around)) == FreeMemory(3 * GIB, 4 * GIB, "control group")


def test_in_a_container_the_mount_is_the_group(machine):
    files = {"proc/self/cgroup": "0::/system.slice/docker-1.scope\n"} | version_2("", 2 * GIB, GIB)
    assert free_host_memory(machine(**files)) == FreeMemory(GIB, 2 * GIB, "control group")


def test_a_control_group_of_version_1(machine):
    folder = "sys/fs/cgroup/memory/job"
    files = {
        "proc/self/cgroup": "5:cpu:/job\n4:memory:/job\n0::/\n",
        f"{folder}/memory.limit_in_bytes": 3 * GIB,
        f"{folder}/memory.usage_in_bytes": 3 * GIB,
        f"{folder}/memory.stat": f"cache 5\ntotal_inactive_file {GIB}\ntotal_active_file {GIB // 2}\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": 9223372036854771712,
        "sys/fs/cgroup/memory/memory.usage_in_bytes": 1,
        "sys/fs/cgroup/memory/memory.stat": "cache 5\n",
    }
    assert free_host_memory(machine(**files)) == FreeMemory(3 * GIB // 2, 3 * GIB, "control group")


def test_a_group_with_more_than_the_machine_has_is_no_limit(machine):
    files = {"proc/self/cgroup": "0::/\n"} | version_2("", 64 * GIB, GIB)
    assert free_host_memory(machine(**files)) == FreeMemory(6 * GIB, 8 * GIB)


def test_a_full_group_has_nothing_free(machine):
    files = {"proc/self/cgroup": "0::/\n"} | version_2("", GIB, GIB + 5)
    assert free_host_memory(machine(**files)).free == 0


def test_this_process_under_a_limit_of_its_own():
    here = free_host_memory()
    assert 0 < here.free <= here.total
    code = "from mlcore.free_memory import free_host_memory as f; m = f(); print(m.limit, m.total, m.free)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (GIB, GIB)),
        capture_output=True,
        text=True,
        check=True,
    )
    limit, total, free = done.stdout.split()
    assert (limit, int(total)) == ("ulimit", GIB)
    assert GIB // 4 < int(free) < GIB

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LIMITED = """
from mlcore.process_limits import OutOfTime, limit_this_process
limit_this_process(memory_mb=64, cpu_seconds=1, file_mb=1)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LIMITED + code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_processor_time_ends_even_what_catches_every_error():
    done = run(
        "try:\n"
        "    while True:\n"
        "        try:\n"
        "            sum(range(1000))\n"
        "        except Exception:\n"
        "            pass\n"
        "except OutOfTime:\n"
        "    print('out of time')\n"
    )
    assert (done.returncode, done.stdout) == (0, "out of time\n"), done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the memory limit is documented for Linux only")
def test_memory_ends_in_a_memory_error():
    done = run(
        "small = bytearray(32 << 20)\ntry:\n    bytearray(128 << 20)\nexcept MemoryError:\n    print('out of memory')\n"
    )
    assert (done.returncode, done.stdout) == (0, "out of memory\n"), done.stderr


def test_a_large_file_ends_in_an_os_error(tmp_path):
    done = run(
        f"try:\n"
        f"    open({str(tmp_path / 'large')!r}, 'wb').write(bytes(2 << 20))\n"
        f"except OSError:\n"
        f"    print('too large')\n"
    )
    assert (done.returncode, done.stdout) == (0, "too large\n"), done.stderr
    assert (tmp_path / "large").stat().st_size <= 1 << 20


def test_limits_cannot_be_raised_again():
    done = run(
        "import resource\n"
        "try:\n"
        "    limit_this_process(memory_mb=64, cpu_seconds=1, file_mb=100)\n"
        "    print(resource.getrlimit(resource.RLIMIT_FSIZE)[1] >> 20)\n"
        "except ValueError:\n"
        "    print('refused')\n"
    )
    assert done.stdout == "1\n", done.stderr

"""Gives damaged checkpoints to ``mlcore verify``, each in a process of its own that has loaded the libraries already.

Starting them anew, as a worker does, takes seconds each time. What runs and its limits are the same. A line of JSON for
each: what it is before it is tried, and what became of it.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from mlcore.commands import verify
from mlcore.commands.console import Console
from nstsite.tests.live.fuzz.mutations import damaged
from nstsite.tests.live.fuzz.originals import CHECKPOINT_KINDS, read_originals

HANG_SECONDS = 120
"""Of the clock; the process itself may take 60 of the processor."""


def verify_in_fork(checkpoint: Path, folder: Path) -> tuple[str, int, float, int]:
    """Return its answer, its exit status or minus the signal, its processor time in seconds and its memory in MB."""
    answer = folder / "answer"
    pid = os.fork()
    if pid == 0:
        with answer.open("w") as out:
            os.dup2(out.fileno(), 1)
            options = {"checkpoint": checkpoint, "style_file": folder / "style.safetensors", "photo": None}
            options |= {"preview": folder / "preview.jpg", "max_memory_mb": 1024, "max_cpu_seconds": 60}
            status = verify.run(options | {"end_with_input": False}, Console())
            sys.stdout.flush()
        os._exit(status)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.alarm(HANG_SECONDS)
    _, status, usage = os.wait4(pid, 0)
    signal.alarm(0)
    return (
        answer.read_text(errors="replace"),
        os.waitstatus_to_exitcode(status),
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss // 1024,
    )


def outcome(content: bytes) -> dict[str, Any]:
    """Return what became of a checkpoint: its code, or a problem."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = folder / "upload"
        checkpoint.write_bytes(content)
        text, status, seconds, peak_mb = verify_in_fork(checkpoint, folder)
        measured = {"seconds": seconds, "peak_mb": peak_mb}
        made = {path.name for path in folder.iterdir()} - {"upload", "answer"}
    if status < 0:
        return {"problem": f"ended by signal {-status}"} | measured
    try:
        (line,) = [line for line in io.StringIO(text) if line.startswith("{")]
        answer = json.loads(line)
    except ValueError:
        return {"problem": f"no answer: {text[-300:]!r}"} | measured
    if answer["ok"]:
        expected = {"style.safetensors", "preview.jpg"}
        return ({"code": "taken"} if made == expected else {"problem": f"made {made}"}) | measured
    if made:
        return {"problem": f"refused, and left behind: {made}"} | measured
    is_sentence = bool(answer["code"]) and len(answer["detail"]) > 20
    return ({"code": answer["code"]} if is_sentence else {"problem": f"no sentence: {answer}"}) | measured


def tell(what: dict[str, Any]) -> None:
    """Write a line for whoever watches."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(originals: Path, seed: str, first: int, count: int) -> None:
    """Try so many."""
    torch.set_num_threads(1)
    import mlcore.checkpoint_verification
    import mlcore.sample_scene  # noqa: F401

    files = read_originals(originals)
    for number in range(first, first + count):
        tell({"case": number})
        tell(outcome(damaged(CHECKPOINT_KINDS, files, seed, number)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

"""Running a command of ``python -m mlcore`` in a process of its own and hearing what it answers."""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from django.conf import settings

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5
_SECRET = ("EASEL_", "DATABASE_URL", "DJANGO_")


class NoAnswer(Exception):
    """The child ended without an answer: its limits ended it, or it crashed."""


def run_mlcore(
    arguments: list[str],
    *,
    environment: Mapping[str, str],
    timeout: float,
    tick: Callable[[], None] = lambda: None,
    report: Callable[[float], None] = lambda _share: None,
) -> dict[str, Any]:
    """Return the last line a command writes, JSON; whatever happens here, the child does not outlive this call.

    Args:
        arguments: command and options; they must take ``--end-with-input``.
        environment: all that the child sees of it.
        timeout: seconds until it is killed.
        tick: called twice a second; what it raises ends the child.
        report: called with the share done, of commands that write it.

    Raises:
        TimeoutError: it was not done in time.
        NoAnswer: it ended without one.
    """
    child = subprocess.Popen(  # noqa: S603  # fixed arguments, no shell
        [sys.executable, "-m", "mlcore", *arguments, "--end-with-input"],
        cwd=settings.BASE_DIR,
        env=dict(environment),
        # Held open, never written: when this process is killed it closes, and the child ends itself.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
    )
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(child.stdout, lines), daemon=True)
    reader.start()
    deadline = time.monotonic() + timeout
    answer: dict[str, Any] = {}
    try:
        while True:
            tick()
            if time.monotonic() > deadline:
                raise TimeoutError
            try:
                line = lines.get(timeout=TICK_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                break
            answer = _parsed(line) or answer
            if "share" in answer:
                report(float(answer["share"]))
    finally:
        child.kill()
        child.wait()
        reader.join()
        for stream in (child.stdin, child.stdout):
            if stream:
                stream.close()
    if "ok" not in answer:
        logger.warning("mlcore %s ended with status %s and no answer", arguments[0], child.returncode)
        raise NoAnswer
    return answer


def bare_environment(home: Path) -> dict[str, str]:
    """Return what a child needs that opens a stranger's file: nothing of this process is its business."""
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LANG": "C.UTF-8"}


def worker_environment() -> dict[str, str]:
    """Return this process's environment, which engines look at, without keys, passwords and settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_SECRET)}


def _read(stream: IO[str] | None, lines: queue.Queue[str | None]) -> None:
    for line in stream or ():
        lines.put(line)
    lines.put(None)


def _parsed(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:  # a library's word
        return {}
    return value if isinstance(value, dict) else {}

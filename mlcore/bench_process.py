"""A contestant of the benchmark as a process that waits for orders. Needs no torch."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from mlcore.engines.candidates import Setting

ROOT = Path(__file__).resolve().parent.parent
_FAREWELL_SECONDS = 30


class BenchProcess:
    """Started, it paints one photo and then does nothing until :meth:`order`.

    Args:
        name: of the contestant.
        setting: what it opens its engine with.
        photo: the .npy file it paints first.
    """

    def __init__(self, name: str, setting: Setting, photo: Path) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()
        values = {
            "style_file": str(setting.style_file.resolve()),
            "threads": setting.threads,
            "cpu": setting.cpu,
            "cache": str(setting.cache.resolve()) if setting.cache else None,
            "photo": str(photo),
        }
        start = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603  # this very program
            [sys.executable, "-m", "mlcore.paint_bench_child", name, json.dumps(values)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._orders, self._answers = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        self.opened = self._answer()
        """``description`` and ``same_network``, or ``error``."""
        self.start_seconds = time.perf_counter() - start
        """From starting the process until its first painting."""

    def order(self, **order: Any) -> dict[str, Any]:
        """Return the answer to an order; with ``error`` if it could not be carried out."""
        try:
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()
        except OSError:
            return {"error": self._last_words()}
        return self._answer()

    def close(self) -> None:
        """End the process."""
        try:
            self._orders.close()
            self._process.wait(_FAREWELL_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._answers.close()
        self._errors.close()

    def __enter__(self) -> BenchProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": self._last_words()}
        return answer

    def _last_words(self) -> str:
        """Return why the process is no longer there."""
        status = self._process.wait(_FAREWELL_SECONDS)
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return (lines[-1] if lines else f"ended with status {status}")[:300]

"""What a person, or a program, sees of ``stylize`` at work: a line for each file, a bar, the counts at the end."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Never

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.painting_job import Outcome, PaintingJob

_BAR = "{percentage:3.0f}%|{bar}| {n:.1f} of {total} {unit} [{elapsed}, {rate_noinv_fmt}, {remaining} left]"
_SECONDS_WITHOUT_TERMINAL = 5


class StylizeReport:
    """Results go to ``console.out``; the bar, what failed and what was skipped to ``console.err``.

    Args:
        console: where to write.
        jobs: all there are to do.
        as_json: write one JSON object a line instead of names: one for each file, then a summary.
        opening_seconds: what it took to open the engines.
    """

    def __init__(self, console: Console, jobs: Sequence[PaintingJob], *, as_json: bool, opening_seconds: float) -> None:
        self._console, self._as_json, self._opening_seconds = console, as_json, opening_seconds
        self._counts: Counter[str] = Counter()
        self._total, self._inference = len(jobs), 0.0
        self._noun = "photos" if len({job.photo_name for job in jobs}) == len(jobs) else "paintings"
        self._started = time.perf_counter()
        self._bar: tqdm[Never] = tqdm(
            total=len(jobs),
            file=console.err,
            dynamic_ncols=True,
            smoothing=0,  # photos differ too much for the last few to tell the speed
            mininterval=0.1 if console.err.isatty() else _SECONDS_WITHOUT_TERMINAL,
            unit=" images",
            bar_format=_BAR.replace("{unit}", self._noun),
        )

    def progress(self, worked: float) -> None:
        """Move the bar: so many are painted or have failed, skipped ones not counted."""
        self._bar.update(worked + self._counts["skipped"] - self._bar.n)

    def see(self, outcome: Outcome) -> None:
        """Tell how a job ended."""
        self._counts[outcome.status] += 1
        self._inference += outcome.seconds.inference
        if outcome.status == "skipped":
            # Counts as done, but not for the speed.
            self._bar.n += 1
            self._bar.initial += 1
            self._bar.last_print_n += 1
        if self._as_json:
            self._bar.write(json.dumps(_as_dict(outcome), ensure_ascii=False), file=self._console.out)
        self._tell(outcome)

    def end(self, *, interrupted: bool = False) -> None:
        """Write the counts; with --json the summary, whose ``overhead`` is painting over inference seconds."""
        seconds = time.perf_counter() - self._started
        self._bar.close()
        painted, skipped, failed = (self._counts[status] for status in ("painted", "skipped", "failed"))
        if skipped:
            self._console.note(
                f"{skipped} of {self._total} {self._noun} were there already; --overwrite paints them again."
            )
        if failed:
            self._console.note(f"{failed} of {self._total} {self._noun} failed.")
        if interrupted:
            left = self._total - painted - skipped - failed
            self._console.note(f"Stopped with {left} of {self._total} left: the same command goes on from here.")
        if self._as_json:
            summary = {
                "type": "summary",
                "interrupted": interrupted,
                "files": self._total,
                "painted": painted,
                "skipped": skipped,
                "failed": failed,
                "opening_seconds": round(self._opening_seconds, 3),
                "painting_seconds": round(seconds, 3),
                "inference_seconds": round(self._inference, 3),
                "total_seconds": round(self._opening_seconds + seconds, 3),
                "overhead": round(seconds / self._inference, 3) if self._inference else None,
            }
            self._console.print(json.dumps(summary))

    @property
    def failed(self) -> int:
        """How many failed so far."""
        return self._counts["failed"]

    def _tell(self, outcome: Outcome) -> None:
        job = outcome.job
        if outcome.status == "failed":
            self._bar.write(f"failed: {reason(outcome)}", file=self._console.err)
        elif outcome.status == "skipped":
            self._bar.write(f"there already: {job.target_name}", file=self._console.err)
        elif not self._as_json and job.target_name != "standard output":
            self._bar.write(job.target_name, file=self._console.out)


def reason(outcome: Outcome) -> str:
    """Return why a job failed, with the photo's name."""
    name, error = outcome.job.photo_name, outcome.error
    told = str(error) or type(error).__name__
    return told if name in told else f"{name}: {told}"


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    job = outcome.job
    told: dict[str, Any] = {
        "type": "file",
        "status": outcome.status,
        "input": job.photo_name,
        "output": job.target_name,
        "style": job.style_name,
        "style_sha256": job.style_sha256,
    }
    if outcome.status == "painted":
        told |= {"width": outcome.size[0], "height": outcome.size[1], "bytes": outcome.byte_count}
        told |= {"engine": outcome.engine, "precision": outcome.precision, "options": job.options.as_dict()}
        told["seconds"] = {name: round(value, 4) for name, value in asdict(outcome.seconds).items()}
    if outcome.status == "failed":
        told |= {"error": reason(outcome), "code": getattr(outcome.error, "code", "")}
    return told

"""The counts of a fault matrix, one line a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_COLUMNS = ("tries", "jobs", "lost", "doubled", "orphan files", "half-written", "painted", "failed, with reason")


@dataclass
class Tally:
    """Of one row."""

    name: str
    tries: int = 0
    jobs: int = 0
    lost: int = 0
    doubled: int = 0
    orphans: int = 0
    damaged: int = 0
    painted: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)

    def judge_jobs(
        self, keys: Sequence[str], jobs: dict[str, dict[str, Any]], *, may_fail: bool, attempts: int
    ) -> None:
        """Count what became of these jobs, which shall have ended in so many attempts."""
        self.jobs += len(keys)
        for key in keys:
            job = jobs.get(key)
            problem = self._judge(job, may_fail=may_fail, attempts=attempts)
            if problem:
                self.problems.append(f"{self.name}: job {key}: {problem}: {job}")

    def judge_files(self, unnamed: Sequence[str], lost: Sequence[str]) -> None:
        """Count files that no row names, and those that rows name and that are gone."""
        self.orphans += len(unnamed)
        self.damaged += len(lost)
        self.problems += [f"{self.name}: left behind: {name}" for name in unnamed]
        self.problems += [f"{self.name}: named and gone: {name}" for name in lost]

    def _judge(self, job: dict[str, Any] | None, *, may_fail: bool, attempts: int) -> str:
        if job is None or job["status"] not in {"succeeded", "failed"}:
            self.lost += 1
            return "lost"
        if job["painted"] > 1:
            self.doubled += 1
            return "painted twice"
        if job["damage"]:
            self.damaged += 1
            return "damaged"
        if job["status"] == "succeeded":
            self.painted += 1
            return "" if job["attempts"] <= attempts else "too many attempts"
        self.failed += 1
        if not may_fail:
            return "failed"
        return "" if job["code"] and job["detail"] else "no reason"

    def cells(self) -> list[str]:
        """Return the line."""
        counts = (self.tries, self.jobs, self.lost, self.doubled, self.orphans, self.damaged, self.painted, self.failed)
        return [self.name, *map(str, counts)]


def table(rows: list[Tally]) -> str:
    """Return the table as Markdown has it."""
    lines = [["fault", *_COLUMNS], ["---", *("--:" for _ in _COLUMNS)], *(row.cells() for row in rows)]
    total = Tally("all")
    for row in rows:
        for name in ("tries", "jobs", "lost", "doubled", "orphans", "damaged", "painted", "failed"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
    lines.append(total.cells())
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)

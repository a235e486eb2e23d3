"""What a run under load says: answers by status, times beside those without load, memory by the minute."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_RATIO = 5.0
MOST_DRIFT = 0.10


@dataclass(frozen=True)
class Answer:
    """One answered request."""

    at: float
    """Seconds since 1970, when it had been answered."""
    name: str
    status: int
    """0: none came."""
    milliseconds: float
    says_when: bool
    """Refused because the server is busy, with Retry-After."""


def read_answers(path: Path) -> list[Answer]:
    """Return what locustfile.py wrote down."""
    answers = []
    for line in path.read_text(encoding="utf-8").splitlines():
        at, name, status, milliseconds, again = line.split("\t")
        answers.append(Answer(float(at), name, int(status), float(milliseconds), again == "1"))
    return answers


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class Report:
    """A run, judged."""

    answers: Sequence[Answer]
    unloaded: Mapping[str, float]
    """Median milliseconds by page without load."""
    memory_mb: Sequence[float]
    """Of all web processes, mean of each minute."""
    cores: Mapping[str, float]
    """Processor seconds a second that web, worker, database and load script took."""

    @property
    def failures(self) -> Counter[int]:
        """Answers by status that should not have been: of the server's making, and not because it is busy."""
        return Counter(
            answer.status
            for answer in self.answers
            if (answer.status >= 500 or not answer.status) and not answer.says_when
        )

    @property
    def drift(self) -> float:
        """How much memory differs over the last four minutes, as a share of the least."""
        last = self.memory_mb[-4:]
        return (max(last) - min(last)) / min(last) if last else 0.0

    def ratios(self) -> dict[str, float]:
        """Return the 95th percentile by page as a multiple of the median without load."""
        return {
            name: percentile(times, 0.95) / self.unloaded[name]
            for name, times in self._times().items()
            if name in self.unloaded
        }

    def overall_ratio(self) -> float:
        """Return the same of all pages together: every time as a multiple of its own page's median without load."""
        shares = [
            milliseconds / self.unloaded[name]
            for name, times in self._times().items()
            if name in self.unloaded
            for milliseconds in times
        ]
        return percentile(shares, 0.95) if shares else 0.0

    def holds(self) -> bool:
        """Whether nothing failed, no page grew slow and memory is flat."""
        slow = max(self.ratios().values(), default=0.0)
        return not self.failures and slow <= MOST_RATIO and self.drift <= MOST_DRIFT

    def __str__(self) -> str:
        seconds = self.answers[-1].at - self.answers[0].at
        busy = Counter(f"{answer.name}, {answer.status}" for answer in self.answers if answer.says_when)
        statuses = Counter(answer.status for answer in self.answers)
        lines = [
            f"{len(self.answers)} requests in {seconds:.0f} s, {len(self.answers) / seconds:.1f} a second",
            "by status: " + ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items())),
            f"refused as busy, with Retry-After: {dict(busy) or 'none'}",
            f"failures: {dict(self.failures) or 'none'}",
            f"{'':24}{'count':>7}{'unloaded':>10}{'median':>9}{'p95':>9}{'ratio':>8}   (milliseconds)",
        ]
        for name, times in sorted(self._times().items()):
            before = self.unloaded.get(name)
            lines.append(
                f"{name:24}{len(times):7}{f'{before:.1f}' if before else '–':>10}{statistics.median(times):9.1f}"
                f"{percentile(times, 0.95):9.1f}{f'{percentile(times, 0.95) / before:.1f}' if before else '–':>8}"
            )
        lines.append(f"all pages, each beside its own median without load: p95 {self.overall_ratio():.1f} ×")
        by_minute = ", ".join(f"{mb:.0f}" for mb in self.memory_mb)
        lines.append(f"memory of web by the minute, MB: {by_minute}; over the last four {self.drift:.1%} apart")
        lines.append("cores taken: " + ", ".join(f"{name} {cores:.2f}" for name, cores in self.cores.items()))
        lines.append(f"no failure, p95 at most {MOST_RATIO:g} ×, memory within {MOST_DRIFT:.0%}: {self.holds()}")
        return "\n".join(lines)

    def _times(self) -> dict[str, list[float]]:
        found: dict[str, list[float]] = defaultdict(list)
        for answer in self.answers:
            if answer.status and not answer.says_when:
                found[answer.name].append(answer.milliseconds)
        return found

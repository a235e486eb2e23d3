"""Running the children that try damaged files, watching them, and adding up what they tell."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nstsite.tests.live.fuzz.mutations import damaged
from nstsite.tests.live.fuzz.originals import read_originals
from nstsite.tests.live.process_group import PROJECT_DIR

HANG_SECONDS = 10
"""Of processor time for one file. The clock may run longer on a busy machine, but not for ever:"""
SILENCE_SECONDS = 180
TOLD_EVERY = 250
"""Files after which a line is printed."""


@dataclass
class Tally:
    """What became of the files."""

    kinds: Sequence[str]
    seed: str
    codes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By kind."""
    problems: dict[int, str] = field(default_factory=dict)
    slowest: float = 0.0
    first_mb: int = 0
    """Of the process, when it had seen a tenth of its files."""
    last_mb: int = 0
    peak_mb: int = 0
    open_files: set[int] = field(default_factory=set)

    @property
    def tried(self) -> int:
        """How many files."""
        return sum(codes.total() for codes in self.codes.values()) + len(self.problems)

    def __str__(self) -> str:
        lines = []
        for kind in self.kinds:
            codes = ", ".join(f"{count} {code}" for code, count in self.codes[kind].most_common())
            lines.append(f"{kind:12}{self.codes[kind].total():5} files: {codes}")
        memory = (
            f"{self.first_mb} → {self.last_mb} MB, most {self.peak_mb} MB" if self.first_mb else f"{self.peak_mb} MB"
        )
        lines.append(f"{self.tried} files, slowest {self.slowest:.1f} s, memory {memory}, SEED={self.seed}")
        return "\n".join([*lines, *(f"  file {case}: {problem}" for case, problem in sorted(self.problems.items()))])

    def note(self, case: int, told: Mapping[str, Any], is_early: bool) -> None:
        """Count a file."""
        self.slowest = max(self.slowest, told["seconds"])
        if told["seconds"] > HANG_SECONDS:
            self.problems[case] = f"took {told['seconds']:.0f} s"
        elif "problem" in told:
            self.problems[case] = told["problem"]
        else:
            self.codes[self.kinds[case % len(self.kinds)]][told["code"]] += 1
        self.peak_mb = max(self.peak_mb, told["peak_mb"])
        if "mb" in told:
            self.last_mb = told["mb"]
            self.first_mb = self.last_mb if is_early else self.first_mb
            if not is_early:
                self.open_files.add(told["open"])


def fuzz(
    child: str, kinds: Sequence[str], seed: str, count: int, originals: Path, environment: Mapping[str, str], keep: Path
) -> Tally:
    """Try ``count`` files; a child that ends or stays silent is replaced, and its file counts as a problem.

    Files that make a problem are kept in the folder ``keep``, as KIND-SEED-NUMBER.
    """
    tally, following = Tally(kinds, seed), 0
    while following < count:
        following = _run(child, tally, following, count, originals, environment)
    files = read_originals(originals)
    for case in tally.problems:
        name = f"{kinds[case % len(kinds)]}-{seed}-{case}"
        (keep / name).write_bytes(damaged(kinds, files, seed, case))
    return tally


def _run(child: str, tally: Tally, first: int, end: int, originals: Path, environment: Mapping[str, str]) -> int:
    """Run a child from file ``first`` on; return the number of the file to go on with."""
    arguments = [str(originals), tally.seed, str(first), str(end - first)]
    process = subprocess.Popen(
        [sys.executable, "-m", f"nstsite.tests.live.fuzz.{child}", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=(log := open(originals.parent / f"{child}.log", "ab")),  # noqa: SIM115
        text=True,
    )
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: [*map(lines.put, process.stdout or ()), lines.put("")])
    reader.start()
    case, is_done = first - 1, True
    try:
        while line := lines.get(timeout=SILENCE_SECONDS):
            told = json.loads(line)
            if "case" in told:
                case, is_done = told["case"], False
            else:
                tally.note(case, told, is_early=case - first < max(5, (end - first) // 10))
                is_done = True
                if (case + 1) % TOLD_EVERY == 0:
                    sys.stdout.write(f"{child}: {case + 1} of {end} files, {len(tally.problems)} problems\n")
                    sys.stdout.flush()
    except queue.Empty:
        tally.problems[case] = f"nothing heard for {SILENCE_SECONDS} s"
        is_done = True
    finally:
        process.kill()
        status = process.wait()
        reader.join()
        process.stdout.close()  # type: ignore[union-attr]
        log.close()
    if not is_done:
        tally.problems[case] = f"the process ended with status {status}"
    assert case >= first, f"{child} did not begin: see {log.name}\n{Path(log.name).read_text()[-3000:]}"
    return case + 1

"""``make load``: a site of its own, two hundred people who look around and twenty who paint, and what that does to it.

LOAD_SECONDS and LOAD_USERS (200 of each 220 look around) choose otherwise. Everything is in a temporary folder.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from load.processor import listening_postgres, processor_seconds, with_children
from load.report import Report, read_answers
from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import OPENER, LiveSite
from nstsite.tests.live.postgresql import MISSING, programs, running_cluster
from nstsite.tests.live.process_group import ProcessGroup

SECONDS = int(os.environ.get("LOAD_SECONDS", "300"))
USERS = int(os.environ.get("LOAD_USERS", "220"))
ARTWORKS = 2000
ROUNDS = 15
"""Visits of each page without load, after one to warm up in each web process."""
RAMP_SECONDS = 30
"""Until everybody has come; not counted."""


class Sample(NamedTuple):
    """What the processes had taken at a moment."""

    at: float
    """Seconds since everybody has come."""
    memory_mb: float
    """Of web."""
    processor_seconds: dict[str, float]
    """By who took it, since its start."""


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run it; 0 when everything holds."""
    folder_of_programs = programs()
    if folder_of_programs is None:
        sys.exit(MISSING)
    with running_cluster(folder_of_programs) as database, tempfile.TemporaryDirectory(prefix="easel-load-") as name:
        folder = Path(name)
        site = LiveSite(folder / "site", DATABASE_URL=database)
        site.data_dir.mkdir()
        say("making a site with a demo gallery …")
        site.run("bin/prepare.py")
        site.run("manage.py", "seed_demo", "--artworks", str(ARTWORKS), "--users", "50")
        make = f"from load.people import main; main({USERS}, {max(1, USERS // 11)})"
        people = json.loads(site.run("manage.py", "shell", "--no-imports", "-c", make).splitlines()[-1])
        (folder / "people.json").write_text(json.dumps(people))
        (folder / "photo.jpg").write_bytes(photo(3000, 2000))
        try:
            web, worker = site.start_web(), site.start_worker()
            groups = {"web": web, "worker": worker}
            report = _measure(site, groups, listening_postgres(urlsplit(database).port or 0), folder, people)
        finally:
            site.stop()
    say(str(report))
    return 0 if report.holds() else 1


def _measure(
    site: LiveSite, groups: dict[str, ProcessGroup], postgres: set[int], folder: Path, people: dict[str, list[str]]
) -> Report:
    say("measuring pages without load …")
    unloaded = _unloaded(site, people)
    say(f"{USERS} people for {RAMP_SECONDS} + {SECONDS} s …")
    command = [*(sys.executable, "-m", "locust", "-f", "load/locustfile.py", "--headless", "--host", site.url)]
    command += ["--users", str(USERS), "--spawn-rate", str(USERS / RAMP_SECONDS)]
    command += ["--run-time", f"{RAMP_SECONDS + SECONDS}s", "--only-summary", "--loglevel", "WARNING"]
    names = {"LOAD_PEOPLE": "people.json", "LOAD_PHOTO": "photo.jpg", "LOAD_ANSWERS": "answers"}
    environment = site.environment | {name: str(folder / file) for name, file in names.items()}
    with (folder / "locust.log").open("w") as log:
        locust = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603  # fixed arguments
    began = time.time() + RAMP_SECONDS
    samples: list[Sample] = []
    while locust.poll() is None:
        time.sleep(2)
        pids = {name: set(group.living()) for name, group in groups.items()}
        pids |= {"database": with_children(postgres), "load script": {locust.pid}}
        taken = {name: processor_seconds(found) for name, found in pids.items()}
        samples.append(Sample(time.time() - began, _memory_mb(groups["web"]), taken))
    counted = [sample for sample in samples if 0 <= sample.at <= SECONDS]
    answers = [answer for answer in read_answers(folder / "answers") if 0 <= answer.at - began <= SECONDS]
    if not answers:
        sys.exit((folder / "locust.log").read_text()[-3000:])
    minutes = range(max(1, SECONDS // 60))
    return Report(
        answers,
        unloaded,
        [
            statistics.mean(one.memory_mb for one in counted if 60 * minute <= one.at < 60 * minute + 60)
            for minute in minutes
        ],
        _cores(counted[0], counted[-1]),
    )


def _cores(first: Sample, last: Sample) -> dict[str, float]:
    return {
        name: (taken - first.processor_seconds[name]) / (last.at - first.at)
        for name, taken in last.processor_seconds.items()
    }


def _unloaded(site: LiveSite, people: dict[str, list[str]]) -> dict[str, float]:
    """Return the median of each page in milliseconds, visited one at a time."""
    cookie = {"Cookie": f"sessionid={people['sessions'][0]}"}
    gallery = _get(site, "/gallery/", {})
    work = re.findall(r'href="(/gallery/[0-9a-f-]{36}/)"', gallery)[0]
    more = "/gallery/" + re.findall(r'href="(\?after=[^"]+)"', gallery)[0].replace("&amp;", "&")
    pages = {
        "front page": ("/", {}),
        "gallery": ("/gallery/", cookie),
        "gallery, further down": (more, cookie),
        "search": ("/gallery/?q=harbour", cookie),
        "style": (f"/styles/{people['styles'][0]}/", cookie),
        "work": (work, cookie),
        "studio": ("/studio/", cookie),
        "history": ("/stylizations/", cookie),
        "my works": ("/gallery/mine/", cookie),
    }
    medians = {}
    for name, (address, headers) in pages.items():
        for _ in range(4):
            _get(site, address, headers)
        times = [_clocked(lambda address=address, headers=headers: _get(site, address, headers)) for _ in range(ROUNDS)]  # type: ignore[misc]
        medians[name] = statistics.median(times)
    return medians


def _clocked(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def _get(site: LiveSite, address: str, headers: dict[str, str]) -> str:
    request = urllib.request.Request(site.url + address, headers=headers)  # noqa: S310  # the site that was started here
    with OPENER.open(request, timeout=60) as answer:
        return str(answer.read().decode())


def _memory_mb(web: ProcessGroup) -> float:
    """Return what all web processes take, what they share counted once."""
    total = 0
    for pid in web.living():
        try:
            found = re.search(r"^Pss: *(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(found[1]) if found else 0
    return total / 1024


if __name__ == "__main__":
    sys.exit(main())

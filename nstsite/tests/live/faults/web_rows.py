"""A web server that is killed while an upload comes in."""

from __future__ import annotations

import http.client
import random
import signal
import time
from contextlib import suppress

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.faults.fault_site import FaultSite
from nstsite.tests.live.faults.steps import OF_AN_UPLOAD, Fault
from nstsite.tests.live.faults.tally import Tally
from nstsite.tests.live.free_port import free_port
from nstsite.tests.live.live_site import OPENER
from nstsite.tests.live.waiting import wait_for


def web_killed_during_an_upload(site: FaultSite, draw: random.Random, tries: int) -> list[Tally]:
    """While the photo arrives, and at every step from there to the answer."""
    tallies = {step: Tally(f"web killed: {step}") for step in ("half of it has arrived", *OF_AN_UPLOAD)}
    body, headers = _upload(site)
    for step, tally in tallies.items():
        for _ in range(tries):
            before = set(site.call("all_keys"))
            port = free_port()
            web = site.start_web(port, Fault(step=step if step in OF_AN_UPLOAD else ""))
            wait_for("a web server", lambda port=port: _answers(port), every=0.05)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            half = draw.randrange(2_000_000, len(body)) if step not in OF_AN_UPLOAD else len(body)
            connection.putrequest("POST", "/api/v1/stylizations/")
            for name, value in headers.items():
                connection.putheader(name, value)
            with suppress(OSError):
                connection.endheaders(body[:half])
                if half < len(body):
                    time.sleep(draw.uniform(0, 0.1))
                    web.signal_all(signal.SIGKILL)
            answered = False
            with suppress(OSError, http.client.HTTPException):
                answered = connection.getresponse().status == 202
            connection.close()
            web.kill()
            keys = sorted(set(site.call("all_keys")) - before)
            if answered:
                tally.problems.append(f"{tally.name}: it was answered")
            if len(keys) > (step == OF_AN_UPLOAD[-1]):
                tally.problems.append(f"{tally.name}: {len(keys)} jobs were made")
            site.recover_and_judge(tally, keys)
    return list(tallies.values())


def _upload(site: FaultSite) -> tuple[bytes, dict[str, str]]:
    """Return a request with a photo that is too large for memory, most of it noise at the end of a small one."""
    content = photo(96, 72) + random.Random(1).randbytes(3_000_000)
    file = SimpleUploadedFile("photo.jpg", content, "image/jpeg")
    body = encode_multipart(BOUNDARY, {"photo": file, "style": site.style, "size": "64"})
    headers = {"Content-Type": MULTIPART_CONTENT, "Content-Length": str(len(body))}
    return body, site.owners["alice"].headers | headers


def _answers(port: int) -> bool:
    try:
        with OPENER.open(f"http://127.0.0.1:{port}/healthz", timeout=10) as response:
            return bool(response.status == 200)
    except OSError:
        return False

"""Stopping in order: every process ends, and what was being painted is finished first."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import Program
from nstsite.tests.live.waiting import wait_for


def test_an_idle_worker_ends_with_everything_it_started(new_site: Callable[..., LiveSite]) -> None:
    worker = new_site().start_worker()
    worker.ask_to_stop()
    assert worker.wait_until_gone() == 0


def test_a_busy_worker_finishes_its_painting_and_leaves_the_next_one(
    new_site: Callable[..., LiveSite], program: Callable[..., Program]
) -> None:
    site = new_site(EASEL_STOP_SECONDS="600")
    site.start_web()
    alice = program(site)
    worker = site.start_worker()
    first = alice.submit(photo(800, 600), "original")["id"]
    wait_for("the painting", lambda: site.job(first).status == "running", every=0.01)
    worker.ask_to_stop()
    worker.ask_to_stop()  # somebody is in a hurry
    assert worker.wait_until_gone() == 0
    row = site.job(first)
    assert (row.status, row.attempts) == ("succeeded", 1)
    assert len(site.files_of(first)) == 3

    late = alice.submit(photo(64, 48), 64)["id"]
    assert site.job(late).status == "queued"


def test_a_worker_hands_back_what_it_cannot_finish_and_another_paints_it(
    new_site: Callable[..., LiveSite], program: Callable[..., Program]
) -> None:
    """Without waiting for the lease, which is longer than the test may take."""
    site = new_site(EASEL_STOP_SECONDS="0", EASEL_LEASE_SECONDS="3600")
    site.start_web()
    alice = program(site)
    worker = site.start_worker()
    pk = alice.submit(photo(4000, 3000), "original")["id"]
    wait_for("the painting", lambda: site.job(pk).status == "running", every=0.01)
    worker.ask_to_stop()
    assert worker.wait_until_gone() == 0
    row = site.job(pk)
    assert (row.status, row.attempts, row.worker) == ("queued", 0, "")

    site.start_worker()
    wait_for("the end of the job", lambda: site.job(pk).finished_at)
    row = site.job(pk)
    assert (row.status, row.attempts) == ("succeeded", 1)
    assert len(site.files_of(pk)) == 3


def test_the_web_server_finishes_the_requests_that_it_has_begun(
    new_site: Callable[..., LiveSite], program: Callable[..., Program]
) -> None:
    site = new_site()
    web = site.start_web()
    alice = program(site)
    file = SimpleUploadedFile("photo.jpg", photo(640, 480), "image/jpeg")
    body = encode_multipart(BOUNDARY, {"photo": file, "style": alice.styles()[0], "size": "64"})
    headers = alice.headers | {"Content-Type": MULTIPART_CONTENT, "Content-Length": str(len(body))}
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=100)
    connection.putrequest("POST", "/api/v1/stylizations/")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body[: len(body) // 2])
    # Somebody else is answered after that, so the first half has been taken in.
    alice.list()
    web.ask_to_stop()
    wait_for("the signal", lambda: "Handling signal: term" in web.log.read_text())
    connection.send(body[len(body) // 2 :])
    answer = connection.getresponse()
    assert answer.status == 202
    pk = json.loads(answer.read())["id"]
    connection.close()
    assert web.wait_until_gone() == 0
    assert site.job(pk).status == "queued"


def test_the_web_server_ends_with_all_its_processes(new_site: Callable[..., LiveSite]) -> None:
    web = new_site().start_web()
    assert len(web.living()) > 1
    web.ask_to_stop()
    assert web.wait_until_gone() == 0

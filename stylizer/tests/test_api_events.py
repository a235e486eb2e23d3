"""Server-sent events tell what becomes of a job or a batch, to its owner, until it has ended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stylizer import job_lifecycle
from stylizer.api import events
from stylizer.deletion import delete_job
from stylizer.models import Batch, Stylization
from stylizer.tests.painted_by_hand import paint_by_hand
from stylizer.waiting import STREAMS

JOBS, BATCHES = "/api/v1/stylizations/", "/api/v1/batches/"
Queue = Callable[..., Stylization]


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    monkeypatch.setattr(events, "LOOK_EVERY", 0.01)
    settings.EASEL_EVENT_SECONDS = 0.2
    monkeypatch.setattr(STREAMS, "_taken", Counter())  # a test that reads no stream to its end leaves its place taken


@pytest.fixture
def _to_its_end(settings) -> None:
    """The stream ends with what it follows, however slow the machine is."""
    settings.EASEL_EVENT_SECONDS = 250


class Reader:
    """What a browser's EventSource does with a stream."""

    def __init__(self, response) -> None:
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        self.response = response
        self._texts = iter(response.streaming_content)
        assert next(self._texts).decode().startswith("retry: ")

    def __iter__(self) -> Iterator[tuple[str, str, dict]]:
        for text in self._texts:
            if not text.startswith(b":"):
                lines = dict(line.split(": ", 1) for line in text.decode().strip().split("\n"))
                yield lines["id"], lines["event"], json.loads(lines["data"])


@pytest.mark.usefixtures("_to_its_end")
def test_from_the_queue_to_the_painting(alices_program: Client, alice: User, queue_photo: Queue) -> None:
    job = queue_photo(alice)
    reader = iter(Reader(alices_program.get(f"{JOBS}{job.pk}/events/")))
    _, name, data = next(reader)
    assert (name, data["status"], data["place"]) == ("progress", "queued", 1)
    assert data == alices_program.get(f"{JOBS}{job.pk}/").json()
    running = job_lifecycle.claim("worker")
    assert running is not None
    assert next(reader)[1:][1]["status"] == "running"
    job_lifecycle.renew(running, progress=40)
    _, name, data = next(reader)
    assert (name, data["progress"]) == ("progress", 40)
    job_lifecycle.fail(running, "code", "Reason.")
    key, name, data = next(reader)
    assert (name, data["error"]) == ("failed", {"code": "code", "detail": "Reason."})
    assert list(reader) == [], "nothing comes after the end"
    again = alices_program.get(f"{JOBS}{job.pk}/events/", headers={"Last-Event-ID": key})
    assert (again.status_code, again.content) == (204, b"")


@pytest.mark.parametrize("end", ["succeeded", "cancelled"])
def test_ends(alices_program: Client, alice: User, queue_photo: Queue, end: str) -> None:
    job = queue_photo(alice)
    if end == "succeeded":
        paint_by_hand(job)
    else:
        job_lifecycle.cancel(job)
    ((_, name, data),) = Reader(alices_program.get(f"{JOBS}{job.pk}/events/"))
    assert (name, data["status"]) == (end, end)
    assert (data["result_url"] is not None) is (end == "succeeded")


def test_what_the_reader_has_is_not_told_again(alices_program: Client, alice: User, queue_photo: Queue) -> None:
    job = queue_photo(alice)
    ((key, name, _),) = Reader(alices_program.get(f"{JOBS}{job.pk}/events/"))
    assert name == "progress", "the stream ended in time, before the job"
    headers = {"Last-Event-ID": key}
    assert list(Reader(alices_program.get(f"{JOBS}{job.pk}/events/", headers=headers))) == []
    job_lifecycle.cancel(job)
    ((_, name, _),) = Reader(alices_program.get(f"{JOBS}{job.pk}/events/", headers=headers))
    assert name == "cancelled"


def test_a_job_tried_again_after_its_end_is_followed(alices_program: Client, alice: User, queue_photo: Queue) -> None:
    job = queue_photo(alice)
    job_lifecycle.cancel(job)
    ((key, _, _),) = Reader(alices_program.get(f"{JOBS}{job.pk}/events/"))
    job_lifecycle.try_again(job)
    events = list(Reader(alices_program.get(f"{JOBS}{job.pk}/events/", headers={"Last-Event-ID": key})))
    assert [(name, data["status"]) for _, name, data in events] == [("progress", "queued")]


@pytest.mark.usefixtures("_to_its_end")
def test_a_job_that_is_deleted_meanwhile(alices_program: Client, alice: User, queue_photo: Queue) -> None:
    job = queue_photo(alice)
    reader = iter(Reader(alices_program.get(f"{JOBS}{job.pk}/events/")))
    next(reader)
    delete_job(job)
    ((_, name, data),) = reader
    assert (name, data) == ("cancelled", {"deleted": True})


@pytest.mark.usefixtures("_to_its_end")
def test_a_silent_stream_says_that_it_lives(alices_program: Client, alice, queue_photo: Queue, monkeypatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_EVERY", 0.02)
    response = alices_program.get(f"{JOBS}{queue_photo(alice).pk}/events/")
    assert b": still here\n\n" in response.streaming_content
    response.close()


@pytest.mark.usefixtures("_to_its_end")
def test_a_batch(alices_program: Client, alice: User, queue_photo: Queue) -> None:
    batch = Batch.objects.create(owner=alice, name="two")
    first = queue_photo(alice)
    Stylization.objects.update(batch=batch)
    reader = iter(Reader(alices_program.get(f"{BATCHES}{batch.pk}/events/")))
    _, name, data = next(reader)
    assert name == "progress"
    assert data == {"id": str(batch.pk), "percent": 0, "eta_seconds": None, "counts": counts(queued=1)}
    paint_by_hand(first)
    key, name, data = next(reader)
    assert (name, data["percent"], data["counts"]) == ("succeeded", 100, counts(succeeded=1))
    assert alices_program.get(f"{BATCHES}{batch.pk}/events/", headers={"Last-Event-ID": key}).status_code == 204
    second = queue_photo(alice)
    Stylization.objects.filter(pk=second.pk).update(batch=batch)
    job_lifecycle.cancel(second)
    ((_, name, _),) = Reader(alices_program.get(f"{BATCHES}{batch.pk}/events/"))
    assert name == "cancelled", "the worst that came of its jobs"


def counts(**some: int) -> dict[str, int]:
    return dict.fromkeys(("queued", "running", "succeeded", "failed", "cancelled"), 0) | some


def test_nobody_follows_anothers(alices_job: Stylization, charlie: User, program, anyone: Client, alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="hers")
    for address in (f"{JOBS}{alices_job.pk}/events/", f"{BATCHES}{batch.pk}/events/"):
        assert program(charlie).get(address).status_code == 404
        assert anyone.get(address).status_code == 401


def test_so_many_at_a_time(alices_program: Client, alice: User, charlie: User, program, queue_photo, settings) -> None:
    settings.EASEL_EVENT_STREAMS, settings.EASEL_EVENT_STREAMS_PER_USER = 2, 1
    hers, his = (f"{JOBS}{queue_photo(owner).pk}/events/" for owner in (alice, charlie))
    first = alices_program.get(hers)
    refused = alices_program.get(hers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_streams")
    assert int(refused.headers["Retry-After"]) > 0
    elsewhere = STREAMS.take("somebody")
    assert elsewhere is not None
    full = program(charlie).get(his)
    assert (full.status_code, "Retry-After" in full.headers) == (503, True)
    elsewhere.give_back()
    assert first.getvalue()
    last = alices_program.get(hers)
    assert last.getvalue(), "a stream that has ended leaves its place"

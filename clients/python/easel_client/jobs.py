"""Jobs: one photo in one style each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Unpack

import httpx

from easel_client.choices import Choices, Finishing, PhotoSource, form_fields, upload
from easel_client.connection import Connection
from easel_client.errors import ApiError, EaselError, NotFinished, PaintingFailed, Unreachable
from easel_client.event_stream import ENDS, read_events
from easel_client.models import Event, Job, Photo, Status

LONGEST_PREFER = 55
"""Seconds that one request asks the server to wait; proxies often close what is silent for a minute."""
POLL_SECONDS = 1.0
"""Between two looks at a job, where its events cannot be read."""


class Jobs:
    """The jobs of the token's owner."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, *, status: Status | None = None, style: str | None = None, page_size: int = 100) -> Iterator[Job]:
        """Yield jobs, the newest first, asking for further pages as they are needed."""
        wanted = {"status": status, "style": style, "page_size": page_size}
        params = {name: value for name, value in wanted.items() if value is not None}
        return map(Job.read, self._connection.pages("api/v1/stylizations/", params))

    def get(self, job_id: str) -> Job:
        """Return one."""
        return Job.read(self._connection.get(_path(job_id)))

    def create(
        self,
        photo: PhotoSource,
        style: str,
        *,
        idempotency_key: str | None = None,
        prefer_wait: int = 0,
        **choices: Unpack[Choices],
    ) -> Job:
        """Queue a photo and return its job.

        Args:
            photo: see :data:`easel_client.choices.PhotoSource`.
            style: slug of a style.
            idempotency_key: the same key with the same request makes no second job; without one a random one is used.
            prefer_wait: seconds that the answer may take, if the job has ended then.
            choices: how the painting is to look.

        Raises:
            ApiError: the server refuses the photo or a choice.
            OSError: the photo cannot be read.
        """
        fields = {"style": style, **form_fields(choices)}
        part: Any = (None, photo.id) if isinstance(photo, Photo) else upload(photo)
        response = self._connection.create(
            "api/v1/stylizations/",
            key=idempotency_key,
            headers={"Prefer": f"wait={prefer_wait}"} if prefer_wait else {},
            wait=prefer_wait,
            # Everything as parts of one form, with or without a file among them.
            files=[*_parts(fields), ("photo", part)],
        )
        return _read(response)

    def cancel(self, job_id: str) -> Job:
        """Stop a job that waits or is in work.

        Raises:
            Conflict: it has ended already.
        """
        return _read(self._connection.send("POST", f"{_path(job_id)}cancel/"))

    def retry(self, job_id: str) -> Job:
        """Queue a failed or cancelled job again.

        Raises:
            Conflict: it is neither.
        """
        return _read(self._connection.send("POST", f"{_path(job_id)}retry/"))

    def delete(self, job_id: str) -> None:
        """Delete a job with its painting."""
        self._connection.send("DELETE", _path(job_id))

    def picture(self, job_id: str, **finishing: Unpack[Finishing]) -> bytes:
        """Return the painting's file, finished as chosen when it was queued or otherwise.

        Raises:
            NotFound: there is none (yet).
        """
        return self._connection.send("GET", f"{_path(job_id)}result/", params=form_fields(finishing)).content

    def events(self, job_id: str) -> Iterator[Event]:
        """Yield what becomes of a job, as it happens, until it has ended; a broken connection is taken up again.

        Raises:
            ApiError: there is no such job, or too many streams are open.
            Unreachable: the server is gone.
        """
        return follow(self._connection, f"{_path(job_id)}events/")

    def wait(self, job: Job, seconds: float, told: Callable[[Event], None] | None = None) -> Job:
        """Return a job once it has succeeded.

        Args:
            job: as it was last seen.
            seconds: that it may take.
            told: called with each event.

        Raises:
            PaintingFailed: it failed or was cancelled.
            NotFinished: it did not end in time.
        """
        end = time.monotonic() + seconds
        while not job.has_ended and time.monotonic() < end:
            try:
                for event in self.events(job.id):
                    if told:
                        told(event)
                    if time.monotonic() >= end:
                        break
            except (ApiError, Unreachable):
                # A proxy that holds streams back, or too many of them: looking now and then does it as well.
                time.sleep(min(POLL_SECONDS, max(0.0, end - time.monotonic())))
            job = self.get(job.id)
        if not job.has_ended:
            raise NotFinished(job)
        if job.status != "succeeded":
            raise PaintingFailed(job)
        return job


def follow(connection: Connection, path: str) -> Iterator[Event]:
    """Yield the events of a stream, taken up where it broke off, until the last one."""
    known, breaks = "", 0
    while True:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": known} if known else {})
        try:
            with connection.stream(path, headers) as response:
                if response.status_code == 204:  # there is nothing to come
                    return
                for event in read_events(response.iter_lines()):
                    known, breaks = event.id or known, 0
                    yield event
                    if event.name in ENDS:
                        return
        except Unreachable:
            breaks += 1
            if breaks > 3:
                raise
        time.sleep(min(POLL_SECONDS * 2**breaks, 10))


def _path(job_id: str) -> str:
    if "/" in job_id or not job_id:
        raise EaselError(f"{job_id!r} is no id of a job.")
    return f"api/v1/stylizations/{job_id}/"


def _parts(fields: Mapping[str, str]) -> list[tuple[str, tuple[None, str]]]:
    return [(name, (None, value)) for name, value in fields.items()]


def _read(response: httpx.Response) -> Job:
    replayed = response.headers.get("Idempotency-Replayed") == "true"
    return Job.read(Connection.json(response), replayed=replayed)

"""The client: one server, one token."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self, Unpack

import httpx

from easel_client.artworks import Artworks
from easel_client.batches import Batches
from easel_client.choices import Choices, PhotoSource
from easel_client.connection import Connection
from easel_client.jobs import LONGEST_PREFER, Jobs
from easel_client.models import Job, Style
from easel_client.photos import Photos


class Easel:
    """An Easel server.

        with Easel("https://easel.example.org", token) as easel:
            job = easel.stylize("harbour.jpg", "starry-night", size=1024)
            Path("painted.jpg").write_bytes(easel.jobs.picture(job.id))

    Safe to use from several threads. Requests that can be sent twice without harm are sent again when the connection
    breaks or the server is busy; creations among them, which carry an ``Idempotency-Key``.

    Args:
        url: where the server is, with ``https://`` or ``http://``.
        token: of an account; without one only the styles can be seen.
        timeout: seconds without a byte after which a connection counts as broken.
        retries: how often a request is sent again.
        transport: httpx's way to send, for tests.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout: float = 30,
        retries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._connection = Connection(url, token, timeout=timeout, retries=retries, transport=transport)
        self.jobs = Jobs(self._connection)
        self.batches = Batches(self._connection)
        self.photos = Photos(self._connection)
        self.artworks = Artworks(self._connection)

    def styles(self) -> list[Style]:
        """Return the styles to pick from, in catalog order."""
        return [Style.read(row) for row in self._connection.pages("api/v1/styles/", {"page_size": 200})]

    def stylize(
        self,
        photo: PhotoSource,
        style: str,
        *,
        wait: float = 300,
        idempotency_key: str | None = None,
        **choices: Unpack[Choices],
    ) -> Job:
        """Have a photo painted and return its job.

        Args:
            photo: a path, bytes, an open file, or a photo that was uploaded before.
            style: slug of a style.
            wait: seconds that the painting may take; 0 returns at once, with a job that waits in the queue.
            idempotency_key: the same key with the same request makes no second job.
            choices: ``size``, ``strength``, ``keep_colors``, ``brush``, ``format``, ``quality``.

        Raises:
            ApiError: the server refuses the photo or a choice.
            PaintingFailed: the job failed or was cancelled.
            NotFinished: it did not end in time.
            OSError: the photo cannot be read.
        """
        end = time.monotonic() + wait
        prefer = min(int(wait), LONGEST_PREFER)
        job = self.jobs.create(photo, style, idempotency_key=idempotency_key, prefer_wait=prefer, **choices)
        return self.jobs.wait(job, end - time.monotonic()) if wait else job

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def new_token(
    url: str, username: str, password: str, *, name: str = "easel command", transport: httpx.BaseTransport | None = None
) -> str:
    """Return a new token for name and password.

    Raises:
        BadRequest: they are wrong, or the account has too many tokens.
    """
    connection = Connection(url, None, timeout=30, retries=2, transport=transport)
    try:
        body = {"username": username, "password": password, "name": name}
        return str(connection.json(connection.send("POST", "api/v1/auth/token/", json=body))["token"])
    finally:
        connection.close()

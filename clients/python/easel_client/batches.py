"""Batches: several photos, or one in several styles, queued together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Unpack

from easel_client.choices import Choices, PhotoSource, form_fields, upload
from easel_client.connection import Connection
from easel_client.jobs import follow
from easel_client.models import Batch, Event, Photo


class Batches:
    """The batches of the token's owner."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(
        self,
        photos: Sequence[PhotoSource],
        styles: Sequence[str],
        *,
        idempotency_key: str | None = None,
        **choices: Unpack[Choices],
    ) -> Batch:
        """Queue every photo in every style, two paintings or more: all of them or none."""
        parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in form_fields(choices).items()]
        parts += [("style", (None, style)) for style in styles]
        parts += [("photo", (None, photo.id) if isinstance(photo, Photo) else upload(photo)) for photo in photos]
        response = self._connection.create("api/v1/batches/", key=idempotency_key, files=parts)
        return Batch.read(self._connection.json(response))

    def list(self) -> Iterator[Batch]:
        """Yield batches, the newest first, without their jobs."""
        return map(Batch.read, self._connection.pages("api/v1/batches/"))

    def get(self, batch_id: str) -> Batch:
        """Return one with its jobs."""
        return Batch.read(self._connection.get(f"api/v1/batches/{batch_id}/"))

    def cancel(self, batch_id: str) -> Batch:
        """Stop what has not ended; what is painted stays."""
        return Batch.read(self._connection.json(self._connection.send("POST", f"api/v1/batches/{batch_id}/cancel/")))

    def retry(self, batch_id: str) -> Batch:
        """Queue what has failed again."""
        return Batch.read(self._connection.json(self._connection.send("POST", f"api/v1/batches/{batch_id}/retry/")))

    def delete(self, batch_id: str) -> None:
        """Delete a batch with all its jobs and paintings."""
        self._connection.send("DELETE", f"api/v1/batches/{batch_id}/")

    def events(self, batch_id: str) -> Iterator[Event]:
        """Yield what becomes of it, as it happens, until all of it has ended."""
        return follow(self._connection, f"api/v1/batches/{batch_id}/events/")

    def save_zip(self, batch_id: str, path: Path) -> None:
        """Write every painting of it so far into a ZIP file.

        Raises:
            Conflict: there is none.
            OSError: the file cannot be written.
        """
        with self._connection.stream(f"api/v1/batches/{batch_id}/zip/") as response, path.open("wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)

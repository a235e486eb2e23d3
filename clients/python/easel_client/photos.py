"""Photos: uploaded once, painted any number of times."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

from easel_client.choices import upload
from easel_client.connection import Connection
from easel_client.models import Photo


class Photos:
    """The photos of the token's owner. One that is never painted goes after a day."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def upload(self, photo: str | os.PathLike[str] | bytes | IO[bytes], *, idempotency_key: str | None = None) -> Photo:
        """Store a photo and return it.

        Raises:
            ApiError: the server refuses it.
            OSError: it cannot be read.
        """
        response = self._connection.create("api/v1/photos/", key=idempotency_key, files=[("photo", upload(photo))])
        return Photo.read(self._connection.json(response))

    def list(self) -> Iterator[Photo]:
        """Yield photos, the newest first."""
        return map(Photo.read, self._connection.pages("api/v1/photos/"))

    def get(self, photo_id: str) -> Photo:
        """Return one."""
        return Photo.read(self._connection.get(f"api/v1/photos/{photo_id}/"))

    def picture(self, photo_id: str) -> bytes:
        """Return a small upright copy, a JPEG."""
        return self._connection.send("GET", f"api/v1/photos/{photo_id}/picture/").content

    def delete(self, photo_id: str) -> None:
        """Delete a photo that is in no job.

        Raises:
            Conflict: it is in one.
        """
        self._connection.send("DELETE", f"api/v1/photos/{photo_id}/")

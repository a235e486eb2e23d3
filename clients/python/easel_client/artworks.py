"""Artworks: paintings that are kept in a gallery."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Unpack

from easel_client.choices import Finishing
from easel_client.connection import Connection
from easel_client.models import Artwork

Order = Literal["created_at", "-created_at", "stars", "-stars", "title", "-title"]


class Artworks:
    """The works of the token's owner, and those that others published."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(
        self, *, search: str | None = None, style: str | None = None, ordering: Order | None = None
    ) -> Iterator[Artwork]:
        """Yield one's own, the newest first or in another order, asking for further pages as they are needed."""
        return self._rows("api/v1/artworks/", q=search, style=style, ordering=ordering)

    def public(
        self, *, search: str | None = None, style: str | None = None, ordering: Order | None = None
    ) -> Iterator[Artwork]:
        """Yield what everybody may see."""
        return self._rows("api/v1/artworks/public/", q=search, style=style, ordering=ordering)

    def starred(self) -> Iterator[Artwork]:
        """Yield what the token's owner has starred."""
        return self._rows("api/v1/artworks/starred/")

    def trash(self) -> Iterator[Artwork]:
        """Yield what is in the trash."""
        return self._rows("api/v1/artworks/trash/")

    def get(self, artwork_id: str) -> Artwork:
        """Return one that the token's owner may see."""
        return Artwork.read(self._connection.get(_path(artwork_id)))

    def save(
        self, job_id: str, *, title: str | None = None, is_public: bool | None = None, **finishing: Unpack[Finishing]
    ) -> Artwork:
        """Keep the painting of a job, finished as it was painted or otherwise; kept already, return the work.

        Raises:
            Conflict: there is no painting (yet).
        """
        wanted = {"stylization": job_id, "title": title, "is_public": is_public, **finishing}
        body = {name: value for name, value in wanted.items() if value is not None}
        return Artwork.read(self._connection.json(self._connection.create("api/v1/artworks/", json=body)))

    def change(self, artwork_id: str, *, title: str | None = None, is_public: bool | None = None) -> Artwork:
        """Rename a work, publish it, or make it private."""
        body = {name: value for name, value in (("title", title), ("is_public", is_public)) if value is not None}
        return self._sent("PATCH", _path(artwork_id), json=body)

    def star(self, artwork_id: str) -> Artwork:
        """Star a work."""
        return self._sent("PUT", f"{_path(artwork_id)}star/")

    def unstar(self, artwork_id: str) -> Artwork:
        """Take a star back."""
        return self._sent("DELETE", f"{_path(artwork_id)}star/")

    def move_to_trash(self, artwork_id: str) -> Artwork:
        """Move a work to the trash, from where it goes after some weeks."""
        return self._sent("POST", f"{_path(artwork_id)}trash/")

    def restore(self, artwork_id: str) -> Artwork:
        """Bring a work back from the trash."""
        return self._sent("POST", f"{_path(artwork_id)}restore/")

    def delete(self, artwork_id: str) -> None:
        """Delete a work in the trash for good."""
        self._connection.send("DELETE", _path(artwork_id))

    def picture(self, artwork_id: str) -> bytes:
        """Return the work's file."""
        return self._connection.send("GET", f"{_path(artwork_id)}image/").content

    def _rows(self, path: str, **wanted: Any) -> Iterator[Artwork]:
        params = {name: value for name, value in wanted.items() if value is not None}
        return map(Artwork.read, self._connection.pages(path, params))

    def _sent(self, method: str, path: str, **body: Any) -> Artwork:
        return Artwork.read(self._connection.json(self._connection.send(method, path, **body)))


def _path(artwork_id: str) -> str:
    return f"api/v1/artworks/{artwork_id}/"

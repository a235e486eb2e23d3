"""Works as the lists show them: a picture, and a line or two below it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from gallery.models import Artwork

MOST_KEPT = 4096
"""Tiles whose HTML a web process keeps, a kilobyte each."""


@dataclass(frozen=True)
class Tile:
    """All that ``_tile.html`` shows of one work in one kind of list, and nothing that it does not show there."""

    id: uuid.UUID
    title: str
    thumbnail_width: int
    thumbnail_height: int
    large_thumbnail_size: tuple[int, int] | None
    star_count: int = 0
    style: str = ""
    owner: str = ""
    badge: str = ""
    """"hidden", "public" or nothing."""
    created_at: datetime | None = None
    trashed_at: datetime | None = None
    leaves_trash_at: datetime | None = None
    selectable: bool = False

    @property
    def html(self) -> SafeString:
        """The list item. Where it tells how long ago something was, it is made anew each time."""
        tells_age = self.created_at is not None or self.trashed_at is not None
        return _render(self) if tells_age else _kept(self)


def tile_of(artwork: Artwork, by_line: str, *, selectable: bool = False) -> Tile:
    """Return the tile of a work.

    Args:
        artwork: with its style and owner.
        by_line: what stands under the title: "owner", "person" on the page of a style, "date" or "trash".
        selectable: whether it has a box to tick.
    """
    shown: dict[str, object] = {"selectable": selectable}
    if by_line == "trash":
        shown |= {"trashed_at": artwork.trashed_at, "leaves_trash_at": artwork.leaves_trash_at}
    else:
        shown["star_count"] = artwork.star_count
    if by_line in ("owner", "date"):
        shown["style"] = artwork.style.name
    if by_line in ("owner", "person"):
        shown["owner"] = artwork.owner.get_username()
    if by_line == "date":
        shown["created_at"] = artwork.created_at
        shown["badge"] = "hidden" if artwork.is_hidden else "public" if artwork.is_public else ""
    return Tile(
        artwork.id,
        artwork.title,
        artwork.thumbnail_width,
        artwork.thumbnail_height,
        artwork.large_thumbnail_size,
        **shown,  # type: ignore[arg-type]  # each under the name of its field
    )


def _render(tile: Tile) -> SafeString:
    return render_to_string("gallery/_tile.html", {"tile": tile})


_kept = lru_cache(maxsize=MOST_KEPT)(_render)

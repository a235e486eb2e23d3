"""Who sees which artworks; every page, file and list asks here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gallery.search_text import patterns

if TYPE_CHECKING:
    from gallery.models.artwork import Artwork  # noqa: F401  # the base class below names it

KEPT = Q(trashed_at__isnull=True)
"""Not in its owner's trash."""
ON_SHOW = Q(is_public=True, hidden_at__isnull=True, trashed_at__isnull=True)
"""Published, not hidden by staff, not deleted. The partial indexes have this very condition, and serve only queries
that have it too."""


_TILE_FIELDS = (
    *("title", "image_width", "image_height", "thumbnail_width", "thumbnail_height", "style__name", "owner__username"),
    *("is_public", "published_at", "created_at", "trashed_at", "hidden_at", "star_count", "title_key"),
)
_FILE_FIELDS = (
    *("title", "format", "image", "image_width", "image_height"),
    *("thumbnail", "thumbnail_width", "thumbnail_height", "large_thumbnail"),
)


class ArtworkQuerySet(models.QuerySet["Artwork"]):
    """Queries named after what they answer."""

    def visible_to(self, user: Any) -> ArtworkQuerySet:
        """Return what ``user`` may see: what is on show, all that is their own, and for staff what staff hid."""
        if not user.is_authenticated:
            return self.filter(ON_SHOW)
        seen = ON_SHOW | Q(owner=user)
        if user.is_staff:
            # Private works are nobody else's, not even the administrator's; what is hidden was public once.
            seen |= KEPT & Q(hidden_at__isnull=False)
        return self.filter(seen)

    def visible_through(self, token: str) -> ArtworkQuerySet:
        """Return the one artwork that a live unlisted link leads to, whoever follows it."""
        unexpired = Q(links__expires_at__isnull=True) | Q(links__expires_at__gt=timezone.now())
        return self.filter(KEPT, unexpired, hidden_at__isnull=True, links__token=token)

    def public(self) -> ArtworkQuerySet:
        """Return what everybody may see."""
        return self.filter(ON_SHOW)

    def owned_by(self, user: Any) -> ArtworkQuerySet:
        """Return what ``user`` keeps, without the trash; nothing for an anonymous visitor."""
        return self.filter(KEPT, owner=user) if user.is_authenticated else self.none()

    def trashed_by(self, user: Any) -> ArtworkQuerySet:
        """Return what ``user`` deleted and may still restore."""
        return self.filter(owner=user, trashed_at__isnull=False) if user.is_authenticated else self.none()

    def matching(self, query: str) -> ArtworkQuerySet:
        """Return those whose title, style or owner contains every word of ``query``."""
        found = self
        for pattern in patterns(query):
            found = found.filter(search_text__contains=pattern)
        return found

    def for_tiles(self) -> ArtworkQuerySet:
        """Read no more of each work than its tile in a list needs, and the list's order."""
        return self.select_related("style", "owner").only(*_TILE_FIELDS)

    def for_files(self) -> ArtworkQuerySet:
        """Read no more of a work than sending its pictures needs."""
        return self.only(*_FILE_FIELDS)

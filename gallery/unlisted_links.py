"""Making and taking back links that show one work to whoever has them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from gallery.models import Artwork, UnlistedLink
from stylizer.rejections import Rejected

LIFETIMES = {"1": "1 day", "7": "7 days", "30": "30 days", "never": "No end"}
"""Days a link may live, as they are chosen."""
MAX_LINKS = 20
"""Of one work."""


def create_link(artwork: Artwork, lifetime: str) -> UnlistedLink:
    """Return a new link that lives as long as ``lifetime``, one of LIFETIMES, says.

    Raises:
        Rejected: there are too many for this work.
    """
    if artwork.links.count() >= MAX_LINKS:
        detail = f"A picture has at most {MAX_LINKS} links. Remove one of the others first."
        raise Rejected("too_many_links", detail, status=409)
    expires_at = None if lifetime == "never" else timezone.now() + timedelta(days=int(lifetime))
    return UnlistedLink.objects.create(artwork=artwork, expires_at=expires_at)


def remove_expired() -> int:
    """Delete the links that lead nowhere any more, some days after they ended; return how many."""
    # Their owner sees for a while that and when a link ended.
    gone, _ = UnlistedLink.objects.filter(expires_at__lt=timezone.now() - timedelta(days=7)).delete()
    return gone

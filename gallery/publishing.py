"""Showing works to everybody, or no longer."""

from __future__ import annotations

from django.utils import timezone

from gallery.models import ArtworkQuerySet


def publish(artworks: ArtworkQuerySet) -> int:
    """Show these to everybody; return how many are public now. What staff hid stays as it is.

    One UPDATE with its condition, so that hiding and publishing at the same moment cannot end in a shown work.
    """
    allowed = artworks.filter(hidden_at__isnull=True)
    allowed.filter(is_public=False).update(is_public=True, published_at=timezone.now())
    return allowed.filter(is_public=True).count()


def make_private(artworks: ArtworkQuerySet) -> int:
    """Stop showing these; return how many. Unlisted links to them still work, being a way of their own."""
    return artworks.update(is_public=False, published_at=None)

"""Bringing the searched words up to date after a style or an account got another name."""

from __future__ import annotations

from gallery.models import Artwork

BATCH = 500


def refresh_words() -> int:
    """Correct the words of every work whose title, style or owner is called otherwise now; return how many."""
    changed: list[Artwork] = []
    count = 0
    fields = ("title", "title_key", "search_text", "style__name", "style__artist", "owner__username")
    for artwork in Artwork.objects.select_related("style", "owner").only(*fields).iterator(chunk_size=BATCH):
        before = (artwork.title_key, artwork.search_text)
        artwork.index_words()
        if (artwork.title_key, artwork.search_text) != before:
            changed.append(artwork)
        if len(changed) == BATCH:
            count += _store(changed)
            changed = []
    return count + _store(changed)


def _store(artworks: list[Artwork]) -> int:
    return Artwork.objects.bulk_update(artworks, ["title_key", "search_text"]) if artworks else 0

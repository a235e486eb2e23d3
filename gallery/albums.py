"""What can be done with albums."""

from __future__ import annotations

from gallery.models import Album, AlbumEntry, ArtworkQuerySet


def add_to_album(album: Album, artworks: ArtworkQuerySet) -> int:
    """Put these into an album; return how many. What is in it already stays where it is."""
    entries = [AlbumEntry(album=album, artwork=artwork) for artwork in artworks.order_by("created_at", "id")]
    AlbumEntry.objects.bulk_create(entries, ignore_conflicts=True)
    return len(entries)


def move_to_album(album: Album, artworks: ArtworkQuerySet) -> int:
    """Put these into this album and take them out of every other one; return how many."""
    AlbumEntry.objects.filter(artwork__in=artworks).exclude(album=album).delete()
    return add_to_album(album, artworks)


def take_out(album: Album, artworks: ArtworkQuerySet) -> int:
    """Take these out of an album; return how many were in it. The works stay."""
    gone, _ = AlbumEntry.objects.filter(album=album, artwork__in=artworks).delete()
    return gone

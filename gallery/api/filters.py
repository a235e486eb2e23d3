"""Which works of a list are wanted."""

from __future__ import annotations

from typing import Any

from django_filters.filters import CharFilter, NumberFilter
from django_filters.rest_framework.filters import BooleanFilter
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema_field

from gallery.models import Album, Artwork, ArtworkQuerySet


class PublicFilters(FilterSet):
    """Of what everybody sees."""

    q = CharFilter(method="filter_q", max_length=100, label="Words of title, style or owner.")
    style = CharFilter(field_name="style__slug", max_length=50, label="A style's slug.")

    class Meta:
        model = Artwork
        fields: list[str] = []

    def filter_q(self, artworks: ArtworkQuerySet, name: str, value: str) -> ArtworkQuerySet:
        """Return those with every word."""
        return artworks.matching(value)


@extend_schema_field({"type": "number"})
class AlbumFilter(NumberFilter):
    """By a number."""


class OwnFilters(PublicFilters):
    """Of one's own."""

    is_public = BooleanFilter(label="Published or not.")
    starred = BooleanFilter(method="filter_starred", label="Starred by you or not.")
    album = AlbumFilter(  # type: ignore[no-untyped-call]
        method="filter_album", label="The id of an album of yours."
    )

    def filter_starred(self, artworks: ArtworkQuerySet, name: str, value: bool) -> ArtworkQuerySet:
        """Return those that whoever asks starred, or the others."""
        starred = {"stars__user": self.request.user}
        return artworks.filter(**starred) if value else artworks.exclude(**starred)

    def filter_album(self, artworks: ArtworkQuerySet, name: str, value: Any) -> ArtworkQuerySet:
        """Return those in one's own album."""
        own = Album.objects.visible_to(self.request.user)
        return artworks.filter(album_entries__album__in=own.filter(pk=max(0, min(int(value), 2**62))))

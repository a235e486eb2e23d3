"""The REST API: lists of works other than one's own."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.api import examples
from gallery.api.filters import PublicFilters
from gallery.api.serializers import ArtworkSerializer
from gallery.models import Artwork, ArtworkQuerySet, Star
from gallery.trash import delete_for_good
from stylizer.api.access import OPEN_TO_ALL
from stylizer.api.conditional import Conditional
from stylizer.api.openapi import answered
from stylizer.signed_in import signed_in

_SEVERAL = [answered("works", examples.ARTWORK)]


def with_stars_of(user: Any, artworks: ArtworkQuerySet) -> ArtworkQuerySet:
    """Note for each whether ``user`` starred it."""
    artworks = artworks.select_related("style", "owner")
    if not user.is_authenticated:
        return artworks
    return artworks.annotate(starred_by_me=Exists(Star.objects.filter(user=user, artwork=OuterRef("pk"))))


class PublicArtworks(Conditional, generics.ListAPIView[Artwork]):
    """What people published, to everybody."""

    queryset = Artwork.objects.none()  # names the model
    serializer_class = ArtworkSerializer
    permission_classes = OPEN_TO_ALL
    filterset_class = PublicFilters
    ordering = ("-published_at", "-id")
    ordering_fields: ClassVar[dict[str, tuple[str, ...]]] = {
        "published_at": ("published_at", "id"),
        "stars": ("star_count", "published_at", "id"),
        "title": ("title_key", "id"),
    }

    def get_queryset(self) -> QuerySet[Artwork]:
        """Return what is on show."""
        return with_stars_of(self.request.user, Artwork.objects.public())

    @extend_schema(summary="List what people published", examples=_SEVERAL)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Works that everybody may see, the newest first."""
        return super().get(request, *args, **kwargs)


class StarredArtworks(Conditional, generics.ListAPIView[Star]):
    """What the caller starred and may still see, latest star first."""

    queryset = Star.objects.none()  # names the model
    serializer_class = ArtworkSerializer  # type: ignore[assignment]  # a star is answered as its work
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Star]:
        """Return the caller's stars."""
        seen = Artwork.objects.visible_to(self.request.user).filter(trashed_at__isnull=True)
        return Star.objects.filter(user=signed_in(self.request), artwork__in=seen).select_related(
            "artwork__style", "artwork__owner"
        )

    @extend_schema(summary="List what you starred", examples=_SEVERAL)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Works that you starred, the latest star first."""
        stars = self.paginate_queryset(self.get_queryset()) or []
        artworks = [star.artwork for star in stars]
        for artwork in artworks:
            artwork.starred_by_me = True  # type: ignore[attr-defined]  # as with_stars_of() notes it
        return self.get_paginated_response(self.get_serializer(artworks, many=True).data)


class Trash(Conditional, generics.ListAPIView[Artwork]):
    """What the caller deleted and may still restore, latest first."""

    queryset = Artwork.objects.none()  # names the model
    serializer_class = ArtworkSerializer
    filter_backends = ()
    ordering = ("-trashed_at", "-id")

    def get_queryset(self) -> QuerySet[Artwork]:
        """Return what lies in the caller's trash."""
        return with_stars_of(self.request.user, Artwork.objects.trashed_by(self.request.user))

    @extend_schema(summary="List your trash", examples=_SEVERAL)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Works that can be restored until ``leaves_trash_at``."""
        return super().get(request, *args, **kwargs)

    @extend_schema(summary="Empty your trash", responses={204: None})
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Delete everything in it for good, with its files."""
        delete_for_good(Artwork.objects.trashed_by(request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)

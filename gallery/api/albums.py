"""The REST API: albums and unlisted links."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from gallery.albums import add_to_album, take_out
from gallery.api.album_descriptions import describe_albums, describe_entries, describe_links
from gallery.api.lists import with_stars_of
from gallery.api.serializers import (
    AlbumAdditionSerializer,
    AlbumSerializer,
    ArtworkSerializer,
    LinkRequestSerializer,
    LinkSerializer,
)
from gallery.models import Album, AlbumEntry, Artwork, UnlistedLink
from gallery.unlisted_links import create_link
from stylizer.api.conditional import Conditional
from stylizer.api.idempotency import idempotent
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in


@describe_albums
class AlbumViewSet(
    Conditional,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Album],
):
    """The caller's own albums; anybody else's are 404. Deleting one deletes no work."""

    queryset = Album.objects.none()  # names the model
    serializer_class = AlbumSerializer
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    throttle_scope = "create"
    lookup_value_converter = "int"
    ordering = ("name", "id")
    ordering_fields = ("name", "created_at")

    def get_queryset(self) -> QuerySet[Album]:
        """Return the caller's albums, with the works in each counted."""
        kept = Count("entries", filter=Q(entries__artwork__trashed_at__isnull=True))
        return Album.objects.visible_to(self.request.user).annotate(counted=kept)

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make an empty album."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        self._save(serializer, owner=signed_in(request))
        return Response(serializer.data, status=status.HTTP_201_CREATED, headers={"Location": serializer.data["url"]})

    def perform_update(self, serializer: BaseSerializer[Album]) -> None:
        """Rename it."""
        self._save(serializer)

    def _save(self, serializer: BaseSerializer[Album], **fields: Any) -> None:
        try:
            with transaction.atomic():
                serializer.save(**fields)
        except IntegrityError as error:  # another request took the name a moment ago
            raise Rejected("name_taken", "You have an album of this name already.", field="name", status=409) from error


@describe_entries
class AlbumEntries(Conditional, mixins.ListModelMixin, viewsets.GenericViewSet[AlbumEntry]):
    """The works of one of the caller's albums, latest added first."""

    queryset = AlbumEntry.objects.none()  # names the model
    serializer_class = ArtworkSerializer  # type: ignore[assignment]  # an entry is answered as its work
    filter_backends = ()
    ordering = ("-added_at", "-id")

    def get_queryset(self) -> QuerySet[AlbumEntry]:
        """Return the album's entries."""
        entries = self._album().entries.filter(artwork__trashed_at__isnull=True)
        return entries.select_related("artwork__style", "artwork__owner")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer with the works themselves."""
        entries = self.paginate_queryset(self.get_queryset()) or []
        own = with_stars_of(request.user, Artwork.objects.owned_by(request.user))
        artworks = own.in_bulk([entry.artwork_id for entry in entries])
        rows = [artworks[entry.artwork_id] for entry in entries if entry.artwork_id in artworks]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put works of the caller's into it: all of them, or none where one is not the caller's."""
        album = self._album()
        serializer = AlbumAdditionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        keys = set(serializer.validated_data["artworks"])
        chosen = Artwork.objects.owned_by(request.user).filter(pk__in=keys)
        if chosen.count() < len(keys):
            raise Rejected("artwork_unknown", "You have no such work, or it is in the trash.", field="artworks")
        add_to_album(album, chosen)
        return Response(AlbumSerializer(album, context=self.get_serializer_context()).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a work out of it; the work stays."""
        if not take_out(self._album(), Artwork.objects.owned_by(request.user).filter(pk=self.kwargs["artwork"])):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _album(self) -> Album:
        return get_object_or_404(Album.objects.visible_to(self.request.user), pk=self.kwargs["pk"])


@describe_links
class LinkViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[UnlistedLink]):
    """Links to one of the caller's works: whoever has one sees it, until it ends or is removed."""

    queryset = UnlistedLink.objects.none()  # names the model
    serializer_class = LinkSerializer
    throttle_scope = "create"
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[UnlistedLink]:
        """Return the work's links."""
        return UnlistedLink.objects.filter(artwork=self._artwork())

    @idempotent(secrets=["link"])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a link."""
        artwork = self._artwork()
        serializer = LinkRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        if artwork.is_hidden:
            raise Rejected("hidden_by_staff", "Staff hid this picture, so a link would lead nowhere.", status=409)
        days = serializer.validated_data["expires_in_days"]
        link = create_link(artwork, str(days) if days else "never")
        data = self.get_serializer(link).data
        return Response(data, status=status.HTTP_201_CREATED, headers={"Location": str(data["link"])})

    def _artwork(self) -> Artwork:
        return get_object_or_404(Artwork.objects.owned_by(self.request.user), pk=self.kwargs["artwork"])

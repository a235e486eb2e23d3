"""The REST API: one's own works, and any work one may see."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.api.artwork_descriptions import ONE, describe_artworks
from gallery.api.filters import OwnFilters
from gallery.api.lists import with_stars_of
from gallery.api.serializers import (
    ArtworkChangeSerializer,
    ArtworkSerializer,
    ReportRequestSerializer,
    ReportSerializer,
    SaveRequestSerializer,
)
from gallery.models import Artwork
from gallery.publishing import make_private, publish
from gallery.reporting import report
from gallery.saving import save_artwork
from gallery.starring import star, unstar
from gallery.thumbnails import large_thumbnail
from gallery.trash import delete_for_good, move_to_trash, restore
from stylizer.api.access import OPEN_TO_ALL
from stylizer.api.conditional import Conditional
from stylizer.api.file_answers import stored_file
from stylizer.api.idempotency import idempotent
from stylizer.finishing import chosen_finishing, keep_finishing
from stylizer.models import Stylization
from stylizer.models.paint_choices import FINISHING_CHOICES
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in

_SEEN = ("retrieve", "image", "thumbnail")
"""What everybody may do with a public work."""


@describe_artworks
class ArtworkViewSet(Conditional, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Artwork]):
    """The caller's own works; of others' those that are public can be looked at and starred, the rest is 404."""

    queryset = Artwork.objects.none()  # names the model
    serializer_class = ArtworkSerializer
    filterset_class = OwnFilters
    throttle_scope = "create"
    lookup_value_converter = "uuid"
    ordering = ("-created_at", "-id")
    ordering_fields: ClassVar[dict[str, tuple[str, ...]]] = {
        "created_at": ("created_at", "id"),
        "stars": ("star_count", "created_at", "id"),
        "title": ("title_key", "id"),
    }

    def get_permissions(self) -> list[Any]:
        """Let everybody look at what everybody may see."""
        return [permission() for permission in OPEN_TO_ALL] if self.action in _SEEN else [*super().get_permissions()]

    def get_queryset(self) -> QuerySet[Artwork]:
        """Return the caller's own works, or where one is named what the caller may see."""
        user = self.request.user
        if self.action == "list":
            return with_stars_of(user, Artwork.objects.owned_by(user))
        if self.request.method in SAFE_METHODS or self.action == "star":
            return with_stars_of(user, Artwork.objects.visible_to(user))
        # A trashed work of one's own can be restored and deleted.
        return with_stars_of(user, Artwork.objects.filter(owner=signed_in(self.request)))

    def filter_queryset(self, queryset: Any) -> Any:
        """Filter lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep a painting of the caller's, finished as asked; 201, or 200 with the work that it was kept as before."""
        serializer = SaveRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = dict(serializer.validated_data)
        jobs = Stylization.objects.visible_to(request.user).select_related("style", "photo")
        job = jobs.filter(pk=wanted["stylization"]).first()
        if job is None:
            raise Rejected("stylization_unknown", "You have no such painting.", field="stylization")
        known = Artwork.objects.filter(stylization=job).exists()
        finishing = {name: wanted[name] for name in FINISHING_CHOICES if name in wanted}
        if finishing:
            keep_finishing(job, chosen_finishing(job, finishing))
        artwork = save_artwork(job)
        self._change(artwork, wanted)
        data = self._said(artwork.pk)
        code = status.HTTP_200_OK if known else status.HTTP_201_CREATED
        return Response(data, status=code, headers={"Location": str(data["url"])})

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a work another title, publish it, or make it private."""
        artwork = self._kept()
        serializer = ArtworkChangeSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        self._change(artwork, serializer.validated_data)
        return Response(self._said(artwork.pk))

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a work for good, if it is in the trash."""
        artwork = self.get_object()
        if not delete_for_good(Artwork.objects.filter(pk=artwork.pk)).artworks:
            raise Rejected("not_in_trash", "Only what is in the trash is deleted for good. Trash it first.", status=409)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    def trash(self, request: Request, **kwargs: Any) -> Response:
        """Move a work to the trash; what is there stays there."""
        artwork = self.get_object()
        move_to_trash(Artwork.objects.filter(pk=artwork.pk))
        return Response(self._said(artwork.pk))

    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Bring a work back from the trash, with its stars, links and albums; what is not there stays as it is."""
        artwork = self.get_object()
        restore(Artwork.objects.filter(pk=artwork.pk))
        return Response(self._said(artwork.pk))

    @extend_schema(summary="Star a work", request=None, examples=ONE)
    @action(detail=True, methods=["put"])
    def star(self, request: Request, **kwargs: Any) -> Response:
        """Star a work; a second star is none."""
        artwork = self._kept()
        star(signed_in(request), artwork)
        return Response(self._said(artwork.pk))

    @extend_schema(summary="Take a star back", responses={200: ArtworkSerializer}, examples=ONE)
    @star.mapping.delete
    def unstar(self, request: Request, **kwargs: Any) -> Response:
        """Take a star back."""
        artwork = get_object_or_404(
            Artwork.objects.visible_to(request.user), pk=self.kwargs["pk"], trashed_at__isnull=True
        )
        unstar(signed_in(request), artwork)
        return Response(self._said(artwork.pk))

    @action(detail=True, methods=["get"])
    def image(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Return the picture; ``?download=1`` as an attachment with a name."""
        artwork = self.get_object()
        name = f"{slugify(artwork.title) or 'painting'}{artwork.suffix}" if "download" in request.query_params else ""
        return stored_file(request, artwork.image, download_as=name)

    @action(detail=True, methods=["get"])
    def thumbnail(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Return the thumbnail, WebP; ``?size=large`` a larger one."""
        artwork = self.get_object()
        size = request.query_params.get("size")
        if size not in (None, "large"):
            raise Rejected("thumbnail_size_invalid", "The size of a thumbnail is large, or left out.", field="size")
        return stored_file(request, large_thumbnail(artwork) if size else artwork.thumbnail)

    @action(detail=True, methods=["post"])
    @idempotent
    def report(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell staff about somebody else's public work."""
        user = signed_in(request)
        artwork = get_object_or_404(Artwork.objects.public().exclude(owner=user), pk=self.kwargs["pk"])
        serializer = ReportRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        made = report(user, artwork, **serializer.validated_data)
        headers = {"Location": request.build_absolute_uri(artwork.get_absolute_url())}
        return Response(ReportSerializer(made).data, status=status.HTTP_201_CREATED, headers=headers)

    def _kept(self) -> Artwork:
        """Return the work, not in the trash."""
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"], trashed_at__isnull=True)

    def _change(self, artwork: Artwork, wanted: dict[str, Any]) -> None:
        this = Artwork.objects.filter(pk=artwork.pk)
        with transaction.atomic():
            if wanted.get("is_public") and not publish(this):
                artwork.refresh_from_db()
                raise Rejected(
                    "hidden_by_staff",
                    f"Staff hid this picture, so it cannot be published. Their reason: {artwork.hidden_reason}",
                    field="is_public",
                    status=409,
                )
            if wanted.get("is_public") is False:
                make_private(this)
            if "title" in wanted:
                artwork.title = wanted["title"]
                artwork.save(update_fields=["title"])

    def _said(self, key: uuid.UUID) -> dict[str, Any]:
        artwork = with_stars_of(self.request.user, Artwork.objects.filter(pk=key)).get()
        return dict(self.get_serializer(artwork).data)

"""The REST API: photos, uploaded once and painted any number of times."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer.api.conditional import Conditional
from stylizer.api.file_answers import stored_file
from stylizer.api.filters import PhotoFilters
from stylizer.api.idempotency import idempotent
from stylizer.api.photo_description import describe_photos, previews_asked, previews_listed
from stylizer.api.photo_serializers import PhotoPreviewsSerializer, PhotoSerializer
from stylizer.deletion import delete_photo_unless_used
from stylizer.models import Photo
from stylizer.photo_intake import take_in
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in
from stylizer.style_previews import ask_for_previews


@describe_photos
class PhotoViewSet(
    Conditional,
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Photo],
):
    """The caller's own photos; anybody else's are 404. One that is never painted goes after a day."""

    serializer_class = PhotoSerializer
    parser_classes = (MultiPartParser,)
    throttle_scope = "create"
    filterset_class = PhotoFilters
    ordering_fields = ("created_at", "byte_size")

    def get_queryset(self) -> QuerySet[Photo]:
        """Return the caller's photos."""
        return Photo.objects.visible_to(self.request.user)

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Store an upload, multipart ``photo``; 201."""
        data = self.get_serializer(take_in(signed_in(request), request.FILES.get("photo"))).data
        return Response(data, status=status.HTTP_201_CREATED, headers={"Location": str(data["url"])})

    def perform_destroy(self, instance: Photo) -> None:
        """Delete a photo that is in no job.

        Raises:
            Rejected: it is in one.
        """
        if not delete_photo_unless_used(instance):
            raise Rejected(
                "photo_in_use", "Paintings were made of this photo: it goes with the last of them.", status=409
            )

    @action(detail=True, methods=["get"])
    def picture(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return a small upright copy of the photo, a JPEG; the upload itself is never served."""
        return stored_file(request, self.get_object().before)

    @previews_listed
    @previews_asked
    @action(detail=True, methods=["get", "post"], serializer_class=PhotoPreviewsSerializer)
    def previews(self, request: Request, pk: str | None = None) -> Response:
        """Tell which small paintings of the photo are there, by style; POST asks for those that are not."""
        photo = self.get_object()
        if request.method == "POST":
            ask_for_previews(photo)
        return Response(self.get_serializer(photo).data)

    @action(detail=True, methods=["get"], url_path=r"previews/(?P<style>[-\w]+)", url_name="preview")
    def preview(self, request: Request, pk: str | None = None, style: str = "") -> HttpResponseBase:
        """Return the photo in a style of the catalog, small, a WebP; 404 until it is there."""
        preview = self.get_object().style_previews.ready().in_style(style).first()
        if preview is None:
            raise Http404
        return stored_file(request, preview.picture)

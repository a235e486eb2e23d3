"""What the API's description says of photos."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from stylizer.api import examples
from stylizer.api.openapi import OVERLOAD, RANGE, THROTTLED, answered, picture, sent
from stylizer.api.photo_serializers import PhotoPreviewsSerializer, PhotoSerializer
from stylizer.api.problems import problem
from stylizer.api.requests import PhotoRequestSerializer

_STYLE = OpenApiParameter("style", OpenApiTypes.STR, OpenApiParameter.PATH, description="A style's slug.")
_PREVIEWS = [answered("previews", examples.PREVIEWS)]

describe_photos = extend_schema_view(
    list=extend_schema(summary="List your photos", examples=[answered("photos", examples.PHOTO)]),
    retrieve=extend_schema(summary="Look at a photo", examples=[answered("photo", examples.PHOTO)]),
    create=extend_schema(
        summary="Upload a photo",
        description="Keeps it for a day, and for as long as there is a painting of it, so that it is sent only once.",
        request={"multipart/form-data": PhotoRequestSerializer},
        responses={
            201: PhotoSerializer,
            413: problem(quota_exceeded="Your photos and paintings take all that this server keeps for one person."),
            429: problem(throttled=THROTTLED),
            503: problem(**OVERLOAD, busy="The server is busy with other pictures. Try again in a moment."),
        },
        examples=[sent("photo", {"photo": "(bytes)"}, "multipart/form-data"), answered("stored", examples.PHOTO)],
    ),
    destroy=extend_schema(
        summary="Delete a photo that was not painted",
        responses={
            204: None,
            409: problem(photo_in_use="Paintings were made of this photo: it goes with the last of them."),
        },
    ),
    picture=extend_schema(
        summary="Fetch a small copy of a photo",
        description="Upright, up to 1000 pixels, without what the camera noted. The upload itself is never served.",
        parameters=[RANGE],
        responses=picture(),
    ),
    preview=extend_schema(
        operation_id="photos_preview_retrieve",
        summary="Fetch a photo's preview in a style",
        parameters=[_STYLE, RANGE],
        responses=picture(),
    ),
)

previews_asked = extend_schema(
    methods=["POST"],
    summary="Ask for a photo's previews",
    description="Has a worker paint the photo, small, in the styles that are missing. A busy server paints none.",
    request=None,
    responses={200: PhotoPreviewsSerializer},
    examples=_PREVIEWS,
)
previews_listed = extend_schema(
    methods=["GET"],
    summary="List a photo's previews",
    responses={200: PhotoPreviewsSerializer},
    examples=_PREVIEWS,
)

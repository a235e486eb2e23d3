"""What the API's description says of works."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from gallery.api import examples
from gallery.api.serializers import (
    ArtworkChangeSerializer,
    ArtworkSerializer,
    ReportRequestSerializer,
    ReportSerializer,
    SaveRequestSerializer,
)
from stylizer.api.openapi import RANGE, REPEATED, THROTTLED, answered, picture, sent
from stylizer.api.problems import problem

ONE = [answered("work", examples.ARTWORK)]
_HIDDEN = "Staff hid this picture, so it cannot be published. Their reason: …"
_DOWNLOAD = OpenApiParameter("download", str, description="Given, with any value: as an attachment with a name.")
_LARGE = OpenApiParameter("size", str, enum=["large"], description="A larger one where there is one.")

describe_artworks = extend_schema_view(
    list=extend_schema(summary="List your works, newest first", examples=ONE),
    retrieve=extend_schema(summary="Look at a work", examples=ONE),
    create=extend_schema(
        summary="Save a painting to your gallery",
        description="Keeps a painting of yours, finished as you ask; 200 with the work where it was kept before.",
        request=SaveRequestSerializer,
        responses={
            200: ArtworkSerializer,
            201: ArtworkSerializer,
            400: problem(
                invalid="Some fields cannot be accepted.",
                stylization_unknown="You have no such painting.",
                format_too_small="A file of this format has at most 16,383 pixels a side.",
            ),
            409: problem(
                not_finished="Only a finished painting can be saved. Wait until it is done.",
                no_master="Only a painting that was stored unfinished can be finished anew.",
                master_unreadable="The stored painting or its photo is damaged or gone. Paint the photo again.",
                changed_meanwhile="This painting was changed or deleted in another window just now.",
                gone="This painting was deleted meanwhile, so it cannot be saved.",
                hidden_by_staff=_HIDDEN,
                **REPEATED,
            ),
            503: problem(busy="The server is busy with other pictures. Try again in a moment."),
        },
        examples=[
            sent("save", {"stylization": examples.STYLIZATION, "title": "Harbour at dusk", "strength": 0.8}),
            *ONE,
        ],
    ),
    partial_update=extend_schema(
        summary="Rename a work, publish it, or make it private",
        request=ArtworkChangeSerializer,
        responses={200: ArtworkSerializer, 409: problem(hidden_by_staff=_HIDDEN)},
        examples=[sent("publish", {"is_public": True}), *ONE],
    ),
    destroy=extend_schema(
        summary="Delete a work for good",
        responses={204: None, 409: problem(not_in_trash="Only what is in the trash is deleted for good.")},
    ),
    trash=extend_schema(
        summary="Move a work to the trash", request=None, examples=[answered("work", examples.TRASHED)]
    ),
    restore=extend_schema(summary="Restore a work from the trash", request=None, examples=ONE),
    report=extend_schema(
        summary="Report a public work to staff",
        request=ReportRequestSerializer,
        responses={
            201: ReportSerializer,
            409: problem(
                reported_before="You reported this work before. Staff have your report.",
                **REPEATED,
            ),
            429: problem(
                too_many_reports="You reported 10 works within a day. Staff look at those first; try again tomorrow.",
                throttled=THROTTLED,
            ),
        },
        examples=[
            sent("report", {"reason": "rights", "text": "This is my photo."}),
            answered("report", examples.REPORT),
        ],
    ),
    image=extend_schema(summary="Fetch a work's picture", parameters=[RANGE, _DOWNLOAD], responses=picture()),
    thumbnail=extend_schema(summary="Fetch a work's thumbnail", parameters=[RANGE, _LARGE], responses=picture()),
)

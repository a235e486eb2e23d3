"""What the API's description says of styles and jobs."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from stylizer.api import examples
from stylizer.api.openapi import (
    LAST_EVENT_ID,
    OVERLOAD,
    PREFER,
    QUEUE_FULL,
    RANGE,
    THROTTLED,
    answered,
    event_stream,
    picture,
    sent,
)
from stylizer.api.problems import problem
from stylizer.api.requests import FinishingSerializer, StylizationJSONSerializer, StylizationRequestSerializer
from stylizer.api.serializers import StylizationSerializer

_NO_MASTER = "Only a painting that was stored unfinished can be finished anew."
_DOWNLOAD = OpenApiParameter(
    "download", OpenApiTypes.BOOL, description="As an attachment that keeps what the camera noted, without the place."
)

describe_styles = extend_schema_view(
    list=extend_schema(summary="List the styles", examples=[answered("styles", examples.STYLE)]),
    retrieve=extend_schema(summary="Look at a style", examples=[answered("style", examples.STYLE)]),
    preview=extend_schema(summary="Fetch a photo painted in a style", parameters=[RANGE], responses=picture()),
)

describe_stylizations = extend_schema_view(
    list=extend_schema(summary="List your jobs, newest first", examples=[answered("jobs", examples.SUCCEEDED)]),
    retrieve=extend_schema(summary="Look at a job", examples=[answered("job", examples.SUCCEEDED)]),
    create=extend_schema(
        summary="Paint a photo",
        description="Queues the photo, a file or one that was uploaded before; the job tells when it is painted.",
        parameters=[PREFER],
        request={"multipart/form-data": StylizationRequestSerializer, "application/json": StylizationJSONSerializer},
        responses={
            201: StylizationSerializer,
            202: StylizationSerializer,
            413: problem(quota_exceeded="Your photos and paintings take all that this server keeps for one person."),
            429: problem(
                too_many_jobs="20 of your photos are waiting already, the most this server takes from one person.",
                throttled=THROTTLED,
            ),
            503: problem(**QUEUE_FULL, **OVERLOAD),
        },
        examples=[
            sent("a new photo", {"photo": "(bytes)", "style": "udnie"} | examples.CHOICES, "multipart/form-data"),
            sent("a photo from before", {"photo": examples.PHOTO_ID, "style": "udnie"}),
            answered("painted", examples.SUCCEEDED),
        ],
    ),
    destroy=extend_schema(summary="Delete a job with its painting", responses={204: None}),
    cancel=extend_schema(
        summary="Cancel a job",
        request=None,
        responses={200: StylizationSerializer, 409: problem(already_finished="This job has ended already.")},
        examples=[answered("cancelled", examples.CANCELLED)],
    ),
    retry=extend_schema(
        summary="Try a job again",
        request=None,
        responses={
            200: StylizationSerializer,
            409: problem(
                not_failed="Only a failed or cancelled job can be tried again.",
                style_not_offered="The style Udnie is not offered any more. Pick another style for this photo.",
            ),
            429: problem(
                too_many_jobs="20 of your photos are waiting already, the most this server takes from one person.",
                throttled=THROTTLED,
            ),
            503: problem(**QUEUE_FULL),
        },
        examples=[answered("queued", examples.QUEUED)],
    ),
    result=extend_schema(
        summary="Fetch the painting",
        description="As it was asked for, or finished anew with what the query names, which is not kept.",
        parameters=[FinishingSerializer, _DOWNLOAD, RANGE],
        responses=picture() | {409: problem(no_master=_NO_MASTER)},
    ),
    keep=extend_schema(
        summary="Finish the painting otherwise",
        description="Makes other choices the painting's own. It is not painted again.",
        request=FinishingSerializer,
        responses={
            200: StylizationSerializer,
            409: problem(not_finished="There is no painting yet.", no_master=_NO_MASTER),
        },
        examples=[sent("weaker", {"strength": 0.5}), answered("kept", examples.SUCCEEDED | {"strength": 0.5})],
    ),
    thumbnail=extend_schema(summary="Fetch a small copy of the painting", parameters=[RANGE], responses=picture()),
    events=extend_schema(
        summary="Follow a job",
        description="Server-sent events: `progress`, and in the end `succeeded`, `failed` or `cancelled`, each with "
        "the job. A stream ends after two minutes at the most; readers come again by themselves.",
        parameters=[LAST_EVENT_ID],
        responses=event_stream(),
    ),
)

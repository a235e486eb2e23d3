"""What the API's description says of batches."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view

from stylizer.api import examples
from stylizer.api.batch_serializers import BatchDetailSerializer
from stylizer.api.openapi import LAST_EVENT_ID, OVERLOAD, PREFER, QUEUE_FULL, THROTTLED, answered, event_stream, sent
from stylizer.api.problems import problem
from stylizer.api.requests import BatchJSONSerializer, BatchRequestSerializer

describe_batches = extend_schema_view(
    list=extend_schema(summary="List your batches", examples=[answered("batches", examples.BATCH_IN_LIST)]),
    retrieve=extend_schema(summary="Look at a batch", examples=[answered("batch", examples.BATCH)]),
    create=extend_schema(
        summary="Paint several photos, or one in several styles",
        description="Queues every photo in every style, all with the same choices: all of them or none.",
        parameters=[PREFER],
        request={"multipart/form-data": BatchRequestSerializer, "application/json": BatchJSONSerializer},
        responses={
            201: BatchDetailSerializer,
            202: BatchDetailSerializer,
            413: problem(quota_exceeded="Your photos and paintings take all that this server keeps for one person."),
            429: problem(
                too_many_jobs="These would be 24 paintings, and this server takes 20 at once from one person.",
                throttled=THROTTLED,
            ),
            503: problem(**QUEUE_FULL, **OVERLOAD),
        },
        examples=[
            sent("new photos", {"photo": ["(bytes)"], "style": ["starry-night", "udnie"]}, "multipart/form-data"),
            sent("a photo from before", {"photo": [examples.PHOTO_ID], "style": ["starry-night", "udnie"]}),
            answered("queued", examples.BATCH),
        ],
    ),
    destroy=extend_schema(summary="Delete a batch with its paintings", responses={204: None}),
    cancel=extend_schema(
        summary="Cancel the rest of a batch",
        request=None,
        responses={
            200: BatchDetailSerializer,
            409: problem(already_finished="All of this batch has ended already."),
        },
        examples=[answered("cancelled", examples.BATCH)],
    ),
    retry=extend_schema(
        summary="Try the failed ones of a batch again",
        request=None,
        responses={
            200: BatchDetailSerializer,
            409: problem(
                not_failed="None of this batch has failed.",
                style_not_offered="The style Udnie is not offered any more. Pick another style for this photo.",
            ),
        },
        examples=[answered("queued", examples.BATCH)],
    ),
    archive=extend_schema(
        summary="Fetch a batch's paintings as a ZIP",
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            409: problem(nothing_painted="Nothing of this batch is painted."),
        },
    ),
    events=extend_schema(
        summary="Follow a batch",
        description="Server-sent events: `progress` with counts, and in the end `succeeded`, or `failed` or "
        "`cancelled` when one of its jobs was. A stream ends after two minutes at the most; readers come again by "
        "themselves.",
        parameters=[LAST_EVENT_ID],
        responses=event_stream(),
    ),
)

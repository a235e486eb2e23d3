"""What the API's description says of the catalog."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from stylizer.api.catalog_serializers import (
    CatalogStyleSerializer,
    CheckpointRequestSerializer,
    DecisionSerializer,
    IntakeRequestSerializer,
    IntakeSerializer,
    StyleUsageSerializer,
)
from stylizer.api.openapi import RANGE, REPEATED, answered, picture, sent
from stylizer.api.problems import problem

_URL = "https://easel.example.org/api/v1/catalog/"
_WORDS: dict[str, Any] = {
    "slug": "starry-night",
    "name": "Starry Night",
    "artist": "Vincent van Gogh",
    "year": "1889",
    "source": "Museum of Modern Art, New York",
    "licence": "public domain",
    "description": "",
    "position": 10,
    "is_featured": True,
}
_STYLE: dict[str, Any] = _WORDS | {
    "url": f"{_URL}styles/starry-night/",
    "standing": "published",
    "verbs": ["unpublish", "retire"],
    "quarantine_reason": "",
    "retired_at": None,
    "preview_url": f"{_URL}styles/starry-night/preview/",
    "created_at": "2026-05-04T10:15:00.120000Z",
    "faults": [],
    "artefacts": {"saturated": 0.01, "channel_deviation": 0.02, "checkerboard": 0.03},
    "recipe": {"max_steps": 40000},
    "metrics": {"step": 40000},
    "checkpoint_sha256": "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184",
    "profiled_at": "2026-05-04T10:16:00.120000Z",
    "engine": "openvino",
    "precision": "float32",
    "ms_per_megapixel": 812.5,
    "mb_per_megapixel": 190.0,
    "deviation": 0.1,
    "deviation_psnr": 52.1,
    "deviation_ssim": 0.999,
}
_INTAKE: dict[str, Any] = {
    "id": "d2a7c1e4-51f3-4c8e-9a60-7b0c2d3e4f50",
    "url": f"{_URL}intakes/d2a7c1e4-51f3-4c8e-9a60-7b0c2d3e4f50/",
    "kind": "new",
    "name": "Starry Night",
    "style": None,
    "style_url": None,
    "state": "running",
    "step": "measuring",
    "percent": 55,
    "reason_code": "",
    "reason": "",
    "faults": [],
    "publish": True,
    "upload_name": "starry-night.safetensors",
    "requested_by": "bob",
    "attempts": 1,
    "created_at": "2026-05-04T10:15:00.120000Z",
    "started_at": "2026-05-04T10:15:01.120000Z",
    "finished_at": None,
}
_USAGE: dict[str, Any] = {
    "jobs": 120,
    "succeeded": 117,
    "failed": 2,
    "failure_rate": 0.0168,
    "people": 14,
    "last_at": "2026-05-04T10:15:00.120000Z",
    "seconds_per_megapixel": 1.4,
}
_DECISION: dict[str, Any] = {"verb": "retire", "reason": "A better one has replaced it."}
_DECIDED = _DECISION | {"decided_by": "bob", "decided_at": "2026-05-04T10:15:00.120000Z"}
_IN_WORK = "Starry Night is being checked already. Wait until that has ended."
_TAKEN = "There is a style starry-night already, or one is being checked. Choose another slug."
_TOO_LARGE = "This file has 300 MB; a checkpoint of this network has at most 128 MB."
_ONE = [answered("style", _STYLE)]
_WAY = [answered("intake", _INTAKE)]

describe_styles = extend_schema_view(
    list=extend_schema(summary="List the catalog", examples=_ONE),
    retrieve=extend_schema(summary="Look at a style of the catalog", examples=_ONE),
    partial_update=extend_schema(
        summary="Change a style's words, place, or whether it is featured",
        responses={200: CatalogStyleSerializer, 409: problem(slug_taken=_TAKEN)},
        examples=[sent("words", {"licence": "public domain", "position": 10, "is_featured": True}), *_ONE],
    ),
    preview=extend_schema(summary="Fetch a style's preview, published or not", parameters=[RANGE], responses=picture()),
    usage=extend_schema(
        summary="Look at how a style is used",
        responses={200: StyleUsageSerializer},
        examples=[answered("usage", _USAGE)],
    ),
    measure=extend_schema(
        summary="Measure a style and paint its previews anew",
        request=None,
        responses={202: IntakeSerializer, 409: problem(in_work=_IN_WORK, **REPEATED)},
        examples=_WAY,
    ),
    checkpoint=extend_schema(
        summary="Replace a style's checkpoint",
        request={"multipart/form-data": CheckpointRequestSerializer},
        responses={
            202: IntakeSerializer,
            400: problem(invalid="Some fields cannot be accepted.", checkpoint_too_large=_TOO_LARGE),
            409: problem(in_work=_IN_WORK, **REPEATED),
        },
        examples=[sent("file", {"checkpoint": "(the file's bytes)"}, "multipart/form-data"), *_WAY],
    ),
)
describe_decisions = extend_schema(
    summary="List what was decided about a style",
    responses={200: DecisionSerializer(many=True)},
    examples=[answered("decisions", _DECIDED)],
)
describe_decide = extend_schema(
    summary="Publish, quarantine, retire or bring back a style",
    request=DecisionSerializer,
    responses={
        200: CatalogStyleSerializer,
        409: problem(not_now="Starry Night is retired, so it cannot be published.", **REPEATED),
    },
    examples=[sent("retire", _DECISION), *_ONE],
)
describe_intakes = extend_schema_view(
    list=extend_schema(summary="List intakes, newest first", examples=_WAY),
    retrieve=extend_schema(summary="Look at how far an intake is, or what was found", examples=_WAY),
    create=extend_schema(
        summary="Upload a checkpoint for a new style",
        request={"multipart/form-data": IntakeRequestSerializer},
        responses={202: IntakeSerializer, 409: problem(slug_taken=_TAKEN, **REPEATED)},
        examples=[
            sent("style", _WORDS | {"checkpoint": "(the file's bytes)", "description": "…"}, "multipart/form-data"),
            *_WAY,
        ],
    ),
    cancel=extend_schema(
        summary="Cancel an intake",
        request=None,
        responses={200: IntakeSerializer, 409: problem(already_finished="This intake has ended already.")},
        examples=[answered("cancelled", _INTAKE | {"state": "cancelled", "step": "ended", "reason": "Cancelled."})],
    ),
)

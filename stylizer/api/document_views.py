"""``POST /stylize`` and ``POST /stylize_download``: one request, one painted photo.

They go through the same queue and worker as everything else and wait a bounded time for the result.
"""

from __future__ import annotations

import base64
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from stylizer.api.errors import exception_handler
from stylizer.api.openapi import OVERLOAD, QUEUE_FULL, THROTTLED, answered, sent
from stylizer.api.problems import problem_of
from stylizer.api.requests import DocumentAnswerSerializer, DocumentErrorSerializer, DocumentRequestSerializer
from stylizer.enqueue import enqueue, find_style
from stylizer.files import picture_response
from stylizer.models import Status, Style, Stylization
from stylizer.paint_choices import parse_choices
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in
from stylizer.waiting import WAITERS, wait_for

CHOICES = ("size", "strength", "keep_colors")
"""The answer is always a JPEG."""

_REQUEST = {"multipart/form-data": DocumentRequestSerializer}
_SENT = sent("photo", {"file": "(bytes)", "style": "starry-night", "strength": 0.8}, "multipart/form-data")
_PROBLEMS = {
    429: problem_of(
        DocumentErrorSerializer,
        {
            "too_many_jobs": "20 of your photos are waiting already, the most this server takes from one person.",
            "throttled": THROTTLED,
        },
    ),
    500: problem_of(DocumentErrorSerializer, {"worker_lost": "The worker was lost 3 times while painting this photo."}),
    503: problem_of(
        DocumentErrorSerializer,
        {
            "busy": "Too many requests wait for their paintings already.",
            "not_finished": "The painting is not done after 60 s. It goes on.",
            **QUEUE_FULL,
            **OVERLOAD,
        },
    ),
}


class _DocumentView(APIView):
    """Multipart ``file``, optionally ``style`` and :data:`CHOICES`; errors are ``{"success": false, "error": "…"}``."""

    parser_classes = (MultiPartParser,)
    throttle_scope = "create"
    error_serializer = DocumentErrorSerializer

    def get_exception_handler(self) -> Any:
        return _flat_exception_handler

    def paint(self, request: Request) -> Stylization:
        """Return a job that has succeeded.

        Raises:
            Rejected: bad input (400), the job failed (500) or did not end in time, or the server is busy (503).
        """
        slug = request.POST.get("style")
        style = _first_style() if slug is None else find_style(str(slug))
        options = parse_choices(request.POST, CHOICES)
        owner = signed_in(request)
        place = WAITERS.take(owner.pk)
        if place is None:
            raise Rejected(
                "busy",
                "Too many requests wait for their paintings already. Try again in a moment, or send the photo to "
                "/api/v1/stylizations/, where nobody has to wait.",
                status=503,
            )
        with place:
            job = enqueue(owner, request.FILES.get("file"), style, options)
            wait_for([job], settings.EASEL_SYNC_WAIT_SECONDS)
        job.refresh_from_db()
        if job.status == Status.SUCCEEDED:
            return job
        if job.is_active:
            raise Rejected(
                "not_finished",
                f"The painting is not done after {settings.EASEL_SYNC_WAIT_SECONDS} s. It goes on: fetch it later as "
                f"/api/v1/stylizations/{job.pk}/.",
                status=503,
            )
        raise Rejected(job.error_code or job.status, job.error_detail or "The painting was cancelled.", status=500)


class StylizeView(_DocumentView):
    """Answer with the picture as a base64 data URL."""

    @extend_schema(
        summary="Paint a photo while you wait, as a data URL",
        tags=["at once"],
        request=_REQUEST,
        responses={200: DocumentAnswerSerializer, **_PROBLEMS},
        examples=[_SENT, answered("painted", {"success": True, "image": "data:image/jpeg;base64,/9j/4AAQSkZJRg=="})],
    )
    def post(self, request: Request) -> Response:
        """Return ``{"success": true, "image": "data:image/jpeg;base64,…"}``."""
        with self.paint(request).result.open("rb") as file:
            encoded = base64.b64encode(file.read()).decode("ascii")
        return Response({"success": True, "image": f"data:image/jpeg;base64,{encoded}"})


class StylizeDownloadView(_DocumentView):
    """Answer with the picture as an attachment."""

    @extend_schema(
        summary="Paint a photo while you wait, as a file",
        tags=["at once"],
        request=_REQUEST,
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY, **_PROBLEMS},
        examples=[_SENT],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Return ``stylized.jpg``."""
        return picture_response(self.paint(request).result, download_as="stylized.jpg", in_this_answer=True)


def _first_style() -> Style:
    style = Style.objects.published().first()
    if style is None:
        raise Rejected(
            "style_unknown", "This server has no styles yet. Ask its administrator to add one.", field="style"
        )
    return style


def _flat_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    response = exception_handler(error, context)
    if response is not None:
        problem = response.data["error"]
        response.data = {"success": False, "error": problem["detail"], "code": problem["code"]}
    return response

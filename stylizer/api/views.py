"""The REST API: styles and jobs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer import job_lifecycle
from stylizer.api import examples
from stylizer.api.conditional import Conditional
from stylizer.api.errors import error_response
from stylizer.api.file_answers import stored_file
from stylizer.api.idempotency import idempotent
from stylizer.api.openapi import RANGE, THROTTLED, answered, picture, sent
from stylizer.api.problems import problem
from stylizer.api.requests import StylizationRequestSerializer
from stylizer.api.serializers import StyleSerializer, StylizationSerializer
from stylizer.enqueue import enqueue, find_style
from stylizer.estimates import Line
from stylizer.models import Style, Stylization
from stylizer.paint_choices import parse_choices
from stylizer.seen import mark_seen
from stylizer.signed_in import signed_in


@extend_schema_view(
    list=extend_schema(summary="List the styles", examples=[answered("styles", examples.STYLE)]),
    retrieve=extend_schema(summary="Look at a style", examples=[answered("style", examples.STYLE)]),
)
class StyleViewSet(Conditional, viewsets.ReadOnlyModelViewSet[Style]):
    """The published styles, to everybody."""

    queryset = Style.objects.published()
    serializer_class = StyleSerializer
    permission_classes = (AllowAny,)
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]+"  # a NUL would be an error of the database
    ordering = ("position", "name")


@extend_schema_view(
    list=extend_schema(summary="List your jobs, newest first", examples=[answered("jobs", examples.SUCCEEDED)]),
    retrieve=extend_schema(summary="Look at a job", examples=[answered("job", examples.SUCCEEDED)]),
)
class StylizationViewSet(
    Conditional, mixins.RetrieveModelMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Stylization]
):
    """The caller's own jobs; anybody else's are 404."""

    serializer_class = StylizationSerializer
    parser_classes = (MultiPartParser, FormParser)
    throttle_scope = "create"
    ordering_fields = ("created_at",)

    def get_queryset(self) -> QuerySet[Stylization]:
        """Return the caller's jobs."""
        return Stylization.objects.visible_to(self.request.user).select_related("style", "photo")

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the line that places and times are told from: one for all jobs of a list."""
        return {**super().get_serializer_context(), "line": Line()}

    @extend_schema(
        summary="Paint a photo",
        description="Queues the photo; the job tells when it is painted.",
        request={"multipart/form-data": StylizationRequestSerializer},
        responses={
            202: StylizationSerializer,
            429: problem(
                too_many_jobs="20 of your photos are waiting already, the most this server takes from one person.",
                throttled=THROTTLED,
            ),
        },
        examples=[
            sent("photo", {"photo": "(bytes)", "style": "starry-night"} | examples.CHOICES, "multipart/form-data"),
            answered("queued", examples.QUEUED),
        ],
    )
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue a photo: multipart ``photo``, ``style`` (slug) and what :mod:`stylizer.paint_choices` reads; 202."""
        style = find_style(str(request.POST.get("style", "")))
        options = parse_choices(request.POST)
        job = enqueue(signed_in(request), request.FILES.get("photo"), style, options)
        data = self.get_serializer(job).data
        return Response(data, status=status.HTTP_202_ACCEPTED, headers={"Location": str(data["url"])})

    @extend_schema(
        summary="Cancel a job",
        request=None,
        responses={200: StylizationSerializer, 409: problem(already_finished="This job has ended already.")},
        examples=[answered("cancelled", examples.CANCELLED)],
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Stop a job that waits or is in work; 409 when it has ended."""
        job = self.get_object()
        if not job_lifecycle.cancel(job):
            return error_response(
                "already_finished", "This job has ended already.", http_status=status.HTTP_409_CONFLICT
            )
        job.refresh_from_db()
        return Response(self.get_serializer(job).data)

    @extend_schema(
        summary="Fetch the painting",
        parameters=[RANGE],
        responses=picture(),
    )
    @action(detail=True, methods=["get"])
    def result(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return the painting in its format; 404 until there is one."""
        job = self.get_object()
        mark_seen(job)
        return stored_file(request, job.result)

"""The REST API for staff: the styles of the catalog, wherever they stand."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django_filters.filters import ChoiceFilter
from django_filters.rest_framework.filterset import FilterSet
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer.api.access import StaffOnly
from stylizer.api.catalog_descriptions import describe_decide, describe_decisions, describe_styles
from stylizer.api.catalog_serializers import (
    CatalogStyleSerializer,
    CheckpointRequestSerializer,
    DecisionSerializer,
    IntakeSerializer,
    StyleUsageSerializer,
)
from stylizer.api.conditional import Conditional
from stylizer.api.file_answers import stored_file
from stylizer.api.idempotency import idempotent
from stylizer.checkpoint_intake import check_size
from stylizer.models import IntakeKind, Style, StyleIntake, Verb
from stylizer.models.style import STANDINGS
from stylizer.signed_in import signed_in
from stylizer.start_intake import start_intake
from stylizer.style_decisions import decide
from stylizer.style_statistics import style_usage

DECISIONS = 100
"""Told of one style; the latest."""


class StyleFilters(FilterSet):
    """Which styles are wanted."""

    standing = ChoiceFilter(choices=[(name, name) for name in STANDINGS], method="filter_standing")

    class Meta:
        model = Style
        fields = ["is_featured"]

    def filter_standing(self, styles: QuerySet[Style], name: str, value: str) -> QuerySet[Style]:
        """Return those that stand there."""
        return styles.filter(STANDINGS[value])


@describe_styles
class CatalogStyleViewSet(
    StaffOnly,
    Conditional,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Style],
):
    """Every style: its words, what was measured, where it stands, and how it is used."""

    queryset = Style.objects.all()
    serializer_class = CatalogStyleSerializer
    filterset_class = StyleFilters
    http_method_names = ["get", "post", "patch", "head", "options"]
    lookup_field = "slug"
    lookup_value_converter = "slug"
    ordering = ("position", "id")
    ordering_fields = ("position", "name", "created_at")

    @action(detail=True, methods=["get"])
    def preview(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Return its preview, published or not."""
        return stored_file(request, self.get_object().preview)

    @action(detail=True, methods=["get"])
    def usage(self, request: Request, **kwargs: Any) -> Response:
        """Return how often it is used, how often that fails, and how long it takes."""
        return Response(StyleUsageSerializer(style_usage(self.get_object())).data)

    @describe_decisions
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def decisions(self, request: Request, **kwargs: Any) -> Response:
        """Return who decided what about it and why, the latest first."""
        decided = self.get_object().decisions.select_related("decided_by")[:DECISIONS]
        return Response(DecisionSerializer(decided, many=True).data)

    @describe_decide
    @decisions.mapping.post
    @idempotent
    def decide(self, request: Request, **kwargs: Any) -> Response:
        """Publish, unpublish, quarantine, retire or bring back, with a reason that is kept."""
        style = self.get_object()
        serializer = DecisionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        decide(style, Verb(wanted["verb"]), wanted["reason"], signed_in(request))
        return Response(self.get_serializer(style).data)

    @action(detail=True, methods=["post"])
    @idempotent
    def measure(self, request: Request, **kwargs: Any) -> Response:
        """Measure it and paint its previews anew; 202 with the intake."""
        intake = start_intake(IntakeKind.MEASURE, signed_in(request), style=self.get_object())
        return intake_accepted(intake, request)

    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser, FormParser])
    @idempotent
    def checkpoint(self, request: Request, **kwargs: Any) -> Response:
        """Replace its checkpoint, once a worker has found nothing wrong with the new one; 202 with the intake."""
        style = self.get_object()
        serializer = CheckpointRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        upload = serializer.validated_data["checkpoint"]
        check_size(upload.size)
        return intake_accepted(
            start_intake(IntakeKind.REPLACE, signed_in(request), style=style, upload=upload), request
        )


def intake_accepted(intake: StyleIntake, request: Request) -> Response:
    """Answer with an intake that has begun, and where to follow it."""
    data = IntakeSerializer(intake, context={"request": request}).data
    return Response(data, status=status.HTTP_202_ACCEPTED, headers={"Location": str(data["url"])})

"""The REST API for staff: checkpoints on their way into the catalog."""

from __future__ import annotations

from typing import Any

from django_filters.rest_framework.filterset import FilterSet
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer import intake_lifecycle
from stylizer.admin_forms import NewStyleForm
from stylizer.api.access import StaffOnly
from stylizer.api.catalog_descriptions import describe_intakes
from stylizer.api.catalog_serializers import IntakeRequestSerializer, IntakeSerializer, check_slug_is_free
from stylizer.api.catalog_views import intake_accepted
from stylizer.api.conditional import Conditional
from stylizer.api.idempotency import idempotent
from stylizer.models import IntakeKind, StyleIntake
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in
from stylizer.start_intake import start_intake

_FORM_NAMES = {"checkpoint": "upload", "style_image": "style_image_upload"}
"""What the administration's form calls the files."""


class IntakeFilters(FilterSet):
    """Which intakes are wanted."""

    class Meta:
        model = StyleIntake
        fields = ["state", "kind"]


@describe_intakes
class IntakeViewSet(
    StaffOnly, Conditional, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[StyleIntake]
):
    """Uploads that a worker checks, measures and previews; how each ended can be read for 30 days."""

    queryset = StyleIntake.objects.select_related("style", "requested_by")
    serializer_class = IntakeSerializer
    filterset_class = IntakeFilters
    parser_classes = (MultiPartParser, FormParser)
    throttle_scope = "create"
    lookup_value_converter = "uuid"

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Upload a checkpoint for a new style; 202 with the intake, which tells how far it is and what was found."""
        serializer = IntakeRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = dict(serializer.validated_data)
        check_slug_is_free(wanted["slug"])
        files = {form_name: wanted.pop(name) for name, form_name in _FORM_NAMES.items() if name in wanted}
        form = NewStyleForm(wanted, files)
        if not form.is_valid():
            names = {form_name: name for name, form_name in _FORM_NAMES.items()}
            raise serializers.ValidationError(
                {names.get(name, name): [str(text) for text in texts] for name, texts in form.errors.items()}
            )
        intake = start_intake(
            IntakeKind.NEW,
            signed_in(request),
            entry=form.entry(),
            publish=form.cleaned_data["publish"],
            upload=form.cleaned_data["upload"],
            style_image=form.encoded_style_image,
        )
        return intake_accepted(intake, request)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, **kwargs: Any) -> Response:
        """Stop one that waits or is in work; 409 when it has ended."""
        intake = self.get_object()
        if not intake_lifecycle.cancel(intake):
            raise Rejected("already_finished", "This intake has ended already.", status=409)
        return Response(self.get_serializer(self.get_object()).data)

"""The REST API: several photos or styles at once."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer.api import examples
from stylizer.api.conditional import Conditional
from stylizer.api.idempotency import idempotent
from stylizer.api.openapi import THROTTLED, answered, sent
from stylizer.api.problems import problem
from stylizer.api.requests import BatchRequestSerializer
from stylizer.api.serializers import StylizationSerializer
from stylizer.enqueue import enqueue_all, find_style
from stylizer.estimates import Line
from stylizer.models import Batch, Stylization
from stylizer.paint_choices import parse_choices
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """A batch with its jobs, oldest first. Wants ``line`` in its context."""

    url = serializers.HyperlinkedIdentityField("api:batch-detail")
    stylizations = serializers.SerializerMethodField()

    class Meta:
        model = Batch
        fields = ["id", "url", "name", "created_at", "stylizations"]

    @extend_schema_field(StylizationSerializer(many=True))
    def get_stylizations(self, batch: Batch) -> Any:
        """Return every job as it is answered by itself."""
        jobs = Stylization.objects.filter(batch=batch).select_related("style", "photo").order_by("created_at", "pk")
        return StylizationSerializer(jobs, many=True, context=self.context).data


@extend_schema_view(retrieve=extend_schema(summary="Look at a batch", examples=[answered("batch", examples.BATCH)]))
class BatchViewSet(Conditional, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Batch]):
    """The caller's own batches; anybody else's are 404."""

    serializer_class = BatchSerializer
    parser_classes = (MultiPartParser, FormParser)
    throttle_scope = "create"

    def get_queryset(self) -> QuerySet[Batch]:
        """Return the caller's batches."""
        return Batch.objects.visible_to(self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the line that places and times are told from."""
        return {**super().get_serializer_context(), "line": Line()}

    @extend_schema(
        summary="Paint several photos, or one in several styles",
        description="Queues every photo in every style, all with the same choices: all of them or none.",
        request={"multipart/form-data": BatchRequestSerializer},
        responses={
            202: BatchSerializer,
            429: problem(
                too_many_jobs="These would be 24 paintings, and this server takes 20 at once from one person.",
                throttled=THROTTLED,
            ),
        },
        examples=[
            sent("two styles", {"photo": ["(bytes)"], "style": ["starry-night", "udnie"]}, "multipart/form-data"),
            answered("queued", examples.BATCH),
        ],
    )
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue every ``photo`` in every ``style``, both given one or more times, all with the same choices; 202."""
        slugs = dict.fromkeys(str(slug) for slug in request.POST.getlist("style"))
        styles = [find_style(slug) for slug in slugs or [""]]
        options = parse_choices(request.POST)
        photos = request.FILES.getlist("photo")
        if len(photos) * len(styles) == 1:
            raise Rejected("batch_too_small", "A batch is two paintings or more. Send one as a stylization.")
        jobs = enqueue_all(signed_in(request), photos or [None], [], styles, options)
        data = self.get_serializer(jobs[0].batch).data
        return Response(data, status=status.HTTP_202_ACCEPTED, headers={"Location": str(data["url"])})

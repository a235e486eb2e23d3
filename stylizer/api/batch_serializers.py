"""What the API says of batches."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from rest_framework import serializers

from stylizer.api.serializers import StylizationSerializer
from stylizer.models import Batch, Status, Stylization
from stylizer.models.stylization import ACTIVE


def with_counts(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Return the batches, each with how many of its jobs are in each state."""
    counts = {f"n_{one}": Count("stylizations", filter=Q(stylizations__status=one)) for one in Status.values}
    return batches.annotate(**counts)


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """A batch in a list. Wants the counts of :func:`with_counts`."""

    url = serializers.HyperlinkedIdentityField("api:batch-detail")
    events_url = serializers.HyperlinkedIdentityField("api:batch-events")
    zip_url = serializers.HyperlinkedIdentityField("api:batch-zip")
    counts = serializers.SerializerMethodField(help_text="How many of its jobs are in each state.")
    is_finished = serializers.SerializerMethodField(help_text="Whether all of them have ended.")

    class Meta:
        model = Batch
        fields = ["id", "url", "events_url", "zip_url", "name", "created_at", "counts", "is_finished"]
        read_only_fields = fields

    def get_counts(self, batch: Batch) -> dict[str, int]:
        """Return the number of jobs by state."""
        return {one: getattr(batch, f"n_{one}") for one in Status.values}

    def get_is_finished(self, batch: Batch) -> bool:
        """Return whether nothing more will happen by itself."""
        return not any(getattr(batch, f"n_{one}") for one in ACTIVE)


class BatchDetailSerializer(BatchSerializer):
    """A batch with its jobs, oldest first. Wants ``line`` in its context as well."""

    stylizations = serializers.SerializerMethodField()

    class Meta(BatchSerializer.Meta):
        fields = [*BatchSerializer.Meta.fields, "stylizations"]
        read_only_fields = fields

    def get_stylizations(self, batch: Batch) -> Any:
        """Return every job as it is answered by itself."""
        jobs = Stylization.objects.filter(batch=batch).select_related("style", "photo").order_by("created_at", "pk")
        return StylizationSerializer(jobs, many=True, context=self.context).data

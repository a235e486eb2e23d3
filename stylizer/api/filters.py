"""What lists can be narrowed down by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import filters
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework.filterset import FilterSet

from stylizer.models import Batch, Photo, Status, Stylization


class MomentField(IsoDateTimeField):
    """An RFC 3339 time that every database can compare with."""

    def clean(self, value: Any) -> Any:
        """Return the time in UTC; past the calendar's end there is none."""
        moment = super().clean(value)
        try:
            return moment.astimezone(UTC) if isinstance(moment, datetime) else moment
        except OverflowError as error:
            raise forms.ValidationError("This time is past the end of the calendar.") from error


class MomentFilter(filters.IsoDateTimeFilter):
    """By a time."""

    field_class = MomentField


class CreatedFilters(FilterSet):
    """By when it was made."""

    created_after = MomentFilter("created_at", "gte", label="Made then or later.")  # type: ignore[no-untyped-call]
    created_before = MomentFilter("created_at", "lt", label="Made before then.")  # type: ignore[no-untyped-call]


class StylizationFilters(CreatedFilters):
    """Jobs."""

    status = filters.MultipleChoiceFilter(choices=Status.choices, label="Once or several times.")
    style = filters.CharFilter(field_name="style__slug", label="A style's slug.")
    batch = filters.UUIDFilter(field_name="batch", label="A batch's id.")
    photo = filters.UUIDFilter(field_name="photo", label="A photo's id.")

    class Meta:
        model = Stylization
        fields: list[str] = []


class PhotoFilters(CreatedFilters):
    """Photos."""

    sha256 = filters.CharFilter(label="Of the file, to find out whether it was uploaded before.")

    class Meta:
        model = Photo
        fields: list[str] = []


class BatchFilters(CreatedFilters):
    """Batches."""

    class Meta:
        model = Batch
        fields: list[str] = []

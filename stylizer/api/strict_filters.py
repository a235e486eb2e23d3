"""``?status=`` and the like: a value that is none is refused, where a list of everything would be a surprise."""

from __future__ import annotations

from typing import Any

from django_filters.filters import CharFilter
from django_filters.rest_framework.backends import DjangoFilterBackend
from django_filters.rest_framework.filters import BooleanFilter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

_BOOLEANS = {"true", "false"}


class StrictFilters(DjangoFilterBackend):
    """django-filter's, which passes over empty values and what is neither true nor false."""

    def get_filterset(self, request: Request, queryset: Any, view: Any) -> Any:
        """Return the view's filters.

        Raises:
            ValidationError: a value cannot be.
        """
        filterset = super().get_filterset(request, queryset, view)  # type: ignore[no-untyped-call]
        problems: dict[str, list[str]] = {}
        for name, one in filterset.filters.items() if filterset else ():
            for value in request.query_params.getlist(name):
                if isinstance(one, BooleanFilter) and value.lower() not in _BOOLEANS:
                    problems[name] = ["This is true or false."]
                elif not value and not isinstance(one, CharFilter):
                    problems[name] = ["Give a value, or leave this out."]
        if problems:
            raise ValidationError(problems)
        return filterset

"""``?ordering=`` of lists."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from stylizer.rejections import Rejected

NEWEST_FIRST = ("-created_at",)


class Ordering(OrderingFilter):
    """One of the view's ``ordering_fields``, with a minus in front for falling; without it the view's ``ordering``.

    ``ordering_fields`` names columns, or is a dictionary from a name to the columns sorted by. No column may be null.
    Rows are sorted by their key in the end, so that the order is always whole.
    """

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """Return the columns, all rising or all falling.

        Raises:
            Rejected: an order that the list has not.
        """
        asked = request.query_params.get(self.ordering_param)
        if asked is None:
            return self.get_default_ordering(view)
        name, sign = asked.removeprefix("-"), "-" if asked.startswith("-") else ""
        fields = getattr(view, "ordering_fields", ())
        if name not in fields:
            names = ", ".join(f"{field}, -{field}" for field in fields) or "nothing: it has one order"
            raise Rejected("ordering_invalid", f"This list can be sorted by {names}.", field=self.ordering_param)
        columns = fields[name] if isinstance(fields, dict) else (name,)
        return tuple(sign + column for column in columns)

    def get_default_ordering(self, view: Any) -> tuple[str, ...]:
        """Return the order of a list that is not asked for another: the newest first, unless the view says more."""
        ordering = getattr(view, "ordering", NEWEST_FIRST)
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameter with the names that may be asked for, for the description of the API."""
        names = [name for field in getattr(view, "ordering_fields", ()) for name in (field, f"-{field}")]
        text = "What the list is sorted by; with a minus the other way round."
        schema = {"type": "string", "enum": names}
        return [{"name": self.ordering_param, "in": "query", "description": text, "schema": schema}] if names else []

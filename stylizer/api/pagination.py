"""Lists in pages that start behind a row: what comes or goes meanwhile neither repeats nor hides anything."""

from __future__ import annotations

from typing import Any

from django.db.models import Field, QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from stylizer.api.ordering import Ordering
from stylizer.keyset import Order, page_beyond
from stylizer.rejections import Rejected

_AFTER, _BEFORE = "a", "b"


class CursorPages(CursorPagination):
    """``{"next", "previous", "results"}``; ``?cursor=`` as a page before gave it, ``?page_size=`` from 1 to 200.

    A view says how its rows are sorted with ``ordering`` and ``ordering_fields`` (see :mod:`stylizer.api.ordering`).
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(  # type: ignore[override]  # a list has no index to find its pages by
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return the rows of one page.

        Raises:
            Rejected: a cursor or page size that cannot be.
        """
        self._address = request.build_absolute_uri()
        size = self.get_page_size(request)
        order = order_of(queryset, Ordering().get_ordering(request, queryset, view))
        cursor = request.query_params.get(self.cursor_query_param)
        place = None
        if cursor is not None:
            place = order.read_cursor(queryset.model, cursor[1:]) if cursor[:1] in (_AFTER, _BEFORE) else None
            if place is None:
                raise Rejected(
                    "cursor_invalid",
                    "This is no cursor of this list in this order. Follow next and previous as they are, or leave "
                    "the cursor out to begin with the first page.",
                    field=self.cursor_query_param,
                )
        backwards = cursor is not None and cursor.startswith(_BEFORE)
        page = page_beyond(queryset, order, place, size=size, backwards=backwards)
        self._next, self._previous = page.next, page.previous
        return page.rows

    def get_page_size(self, request: Request) -> int:
        """Return how many rows are asked for.

        Raises:
            Rejected: no whole number within the limits.
        """
        text = request.query_params.get(self.page_size_query_param)
        if text is None:
            return self.page_size
        size = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
        if not 1 <= size <= self.max_page_size:
            raise Rejected(
                "page_size_invalid",
                f"The page size must be a whole number from 1 to {self.max_page_size}.",
                field=self.page_size_query_param,
            )
        return size

    def get_next_link(self) -> str | None:
        """Return the address of what comes after this page."""
        return self._link(_AFTER, self._next)

    def get_previous_link(self) -> str | None:
        """Return the address of what comes before this page."""
        return self._link(_BEFORE, self._previous)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters, for the description of the API."""
        cursor, size = self.cursor_query_param, self.page_size_query_param
        text = "Where the page begins: follow `next` and `previous`, which hold it."
        number = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            {"name": cursor, "in": "query", "description": text, "schema": {"type": "string"}},
            {"name": size, "in": "query", "description": "Rows of a page.", "schema": number},
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return what a page looks like, for the description of the API."""
        example = "https://easel.example.org/api/v1/…/?cursor=a…"
        address = {"type": ["string", "null"], "format": "uri", "example": example}
        page = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(page), "properties": page}

    def _link(self, direction: str, cursor: str) -> str | None:
        if not cursor:
            return None
        return str(replace_query_param(self._address, self.cursor_query_param, direction + cursor))


def order_of(queryset: QuerySet[Any], terms: tuple[str, ...]) -> Order:
    """Return the order of ``terms``, all rising or all falling, which ends in a column without two alike."""
    descending = terms[0].startswith("-")
    if any(term.startswith("-") is not descending for term in terms):
        raise ValueError(f"{terms}: a place in this order cannot be told by one comparison")
    columns = [term.lstrip("-") for term in terms]
    last = queryset.model._meta.get_field(columns[-1])
    if not (isinstance(last, Field) and last.unique):
        columns.append(queryset.model._meta.pk.name)
    return Order("", "", tuple(columns), descending=descending)

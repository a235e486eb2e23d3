"""Pages of long lists that cost the same wherever they are: each starts behind a row, not at a number.

A page is found in the index by the values of the row before it. Nothing is counted, and rows that come or go
meanwhile neither repeat nor hide others. https://use-the-index-luke.com/no-offset says why.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Order:
    """A way to sort: columns that have an index together, the last one unique, all rising or all falling."""

    slug: str
    label: str
    columns: tuple[str, ...]
    descending: bool = True

    def sort(self, rows: QuerySet[Row], *, backwards: bool = False) -> QuerySet[Row]:
        """Return ``rows`` in this order, or in the opposite one."""
        falling = self.descending != backwards
        return rows.order_by(*(F(column).desc() if falling else F(column).asc() for column in self.columns))

    def beyond(self, rows: QuerySet[Row], values: list[Any], *, backwards: bool = False) -> QuerySet[Row]:
        """Return those that come after the row with ``values``, or before it."""
        lookup = TupleLessThan if self.descending != backwards else TupleGreaterThan
        return rows.filter(lookup(Tuple(*map(F, self.columns)), tuple(values)))

    def cursor(self, row: Model) -> str:
        """Return the place of ``row``, as it stands in an address."""
        values = [getattr(row, column) for column in self.columns]
        text = json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in values], default=str)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def read_cursor(self, model: type[Model], cursor: str) -> list[Any] | None:
        """Return the values of a place; ``None`` for what is none, since an address is anybody's to write."""
        try:
            values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if not isinstance(values, list) or len(values) != len(self.columns):
                return None
            return [_value(model, column, value) for column, value in zip(self.columns, values, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError, ValidationError):
            return None


def _value(model: type[Model], column: str, value: object) -> Any:
    if not isinstance(value, (str, int)) or (isinstance(value, str) and "\0" in value):
        raise ValueError(value)
    cleaned = model._meta.get_field(column).clean(value, None)  # type: ignore[union-attr]  # never a reverse relation
    # Without a zone, or one in which the day is past the calendar's end, a database may refuse it.
    return cleaned.astimezone(UTC) if isinstance(cleaned, datetime) else cleaned


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and where the next and the previous ones are; "" where there are none."""

    rows: list[Row]
    next: str
    previous: str


def page_of(rows: QuerySet[Row], order: Order, *, size: int, after: str = "", before: str = "") -> Page[Row]:
    """Return ``size`` rows after or before a cursor; the first ones without a good cursor, or where none are left."""
    backwards = bool(before and not after)
    place = order.read_cursor(rows.model, before if backwards else after) if after or before else None
    page = page_beyond(rows, order, place, size=size, backwards=backwards)
    # Going back must not end in a page that is shorter than the first one.
    if place is not None and (not page.rows or (backwards and len(page.rows) < size)):
        return page_beyond(rows, order, None, size=size)
    return page


def page_beyond(
    rows: QuerySet[Row], order: Order, place: list[Any] | None, *, size: int, backwards: bool = False
) -> Page[Row]:
    """Return up to ``size`` rows after or before a place, none where none are left; the first ones without a place."""
    if place is None:
        found = list(order.sort(rows)[: size + 1])
        return _page(order, found[:size], more=len(found) > size, earlier=False)
    chosen = order.beyond(rows, place, backwards=backwards)
    found = list(order.sort(chosen, backwards=backwards)[: size + 1])
    further, found = len(found) > size, found[:size]
    if backwards:
        return _page(order, found[::-1], more=True, earlier=further)
    return _page(order, found, more=further, earlier=True)


def _page(order: Order, rows: list[Row], *, more: bool, earlier: bool) -> Page[Row]:
    return Page(
        rows=rows,
        next=order.cursor(rows[-1]) if more and rows else "",
        previous=order.cursor(rows[0]) if earlier and rows else "",
    )

"""The orders people may choose for a list, the first one being the usual one. Each has an index (models/artwork.py)."""

from __future__ import annotations

from stylizer.keyset import Order

_STARRED = Order("starred", "Most starred", ("star_count", "published_at", "id"))
_TITLE = Order("title", "Title", ("title_key", "id"), descending=False)

PUBLIC_ORDERS = (
    Order("newest", "Newest", ("published_at", "id")),
    Order("oldest", "Oldest", ("published_at", "id"), descending=False),
    _STARRED,
    _TITLE,
)
STYLE_ORDERS = (PUBLIC_ORDERS[0], _STARRED)
# One's own works are few enough to be sorted, once the index has found them.
OWN_ORDERS = (
    Order("newest", "Newest", ("created_at", "id")),
    Order("oldest", "Oldest", ("created_at", "id"), descending=False),
    Order("starred", "Most starred", ("star_count", "created_at", "id")),
    _TITLE,
)
ALBUM_ORDER = Order("added", "Added", ("added_at", "id"))
STARS_ORDER = Order("starred", "Starred", ("created_at", "id"))
TRASH_ORDER = Order("trashed", "Deleted", ("trashed_at", "id"))


def chosen_order(orders: tuple[Order, ...], slug: str) -> Order:
    """Return the order called ``slug``, or the usual one."""
    return next((order for order in orders if order.slug == slug), orders[0])

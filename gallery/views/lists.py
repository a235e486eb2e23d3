"""Lists of works: what people published, one's own, what one starred, and what was made in a style."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from gallery.forms import BulkForm
from gallery.models import Album, Artwork, ArtworkQuerySet, Star
from gallery.orders import OWN_ORDERS, PUBLIC_ORDERS, STARS_ORDER, STYLE_ORDERS, chosen_order
from gallery.tiles import tile_of
from stylizer.keyset import Order, Page, Row, page_of
from stylizer.models import Style
from stylizer.signed_in import signed_in

ARTWORKS_PER_PAGE = 24
PAGES_BY_THEMSELVES = 4
"""So many follow while one scrolls; then one asks for more, so that the end of the page can be reached."""
MAX_QUERY = 100


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """What people published."""
    query = _query(request)
    artworks = Artwork.objects.public().matching(query)
    return _sorted_list(request, artworks, PUBLIC_ORDERS, "gallery/public.html", {"query": query, "by_line": "owner"})


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What the visitor saved."""
    query = _query(request)
    artworks = Artwork.objects.owned_by(request.user).matching(query)
    context = {
        "query": query,
        "by_line": "date",
        "selectable": True,
        "albums": Album.objects.visible_to(request.user)[: BulkForm.MAX_ALBUMS],
    }
    return _sorted_list(request, artworks, OWN_ORDERS, "gallery/mine.html", context)


@require_safe
@login_required
def starred(request: HttpRequest) -> HttpResponse:
    """What the visitor starred and may still see, latest star first."""
    stars = Star.objects.filter(user=signed_in(request), artwork__in=Artwork.objects.visible_to(request.user))
    page = page_at(request, stars.exclude(artwork__trashed_at__isnull=False), STARS_ORDER)
    return render_page(request, "gallery/starred.html", page, {"by_line": "owner"})


@require_safe
def style(request: HttpRequest, slug: str) -> HttpResponse:
    """A style, a retired one too: what it is, and what people published that was made with it."""
    shown = get_object_or_404(Style.objects.presentable(), slug=slug)
    artworks = Artwork.objects.public().filter(style=shown)
    return _sorted_list(request, artworks, STYLE_ORDERS, "gallery/style.html", {"style": shown, "by_line": "person"})


def _query(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY]


def _sorted_list(
    request: HttpRequest,
    artworks: ArtworkQuerySet,
    orders: tuple[Order, ...],
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    order = chosen_order(orders, request.GET.get("sort", ""))
    page = page_at(request, artworks.for_tiles(), order)
    return render_page(request, template, page, context | {"orders": orders, "order": order})


def page_at(request: HttpRequest, rows: QuerySet[Row], order: Order) -> Page[Row]:
    """Return the page that the address asks for; of stars and album entries, with their works."""
    if rows.model is not Artwork:
        rows = rows.select_related("artwork__style", "artwork__owner")
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    return page_of(rows, order, size=ARTWORKS_PER_PAGE, after=after, before=before)


def render_page(request: HttpRequest, template: str, page: Page[Any], context: dict[str, Any]) -> HttpResponse:
    """Return the whole page, or to a browser that scrolls on, only the tiles that follow."""
    part = request.GET.get("part", "")
    number = min(int(part), 1_000_000) if part.isascii() and part.isdigit() else 0
    artworks = [row if isinstance(row, Artwork) else row.artwork for row in page.rows]
    selectable = context.get("selectable", False)
    context |= {
        "page": page,
        "artworks": artworks,
        "tiles": [tile_of(artwork, context["by_line"], selectable=selectable) for artwork in artworks],
        "next_part": number + 1,
        "by_itself": number < PAGES_BY_THEMSELVES,
    }
    wants_tiles = getattr(request, "htmx", False) and bool(number)
    response = render(request, "gallery/_tiles.html" if wants_tiles else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response

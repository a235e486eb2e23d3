"""What the administration's list of styles shows in its columns, and what it is filtered by."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stylizer.models import Style
from stylizer.models.style import STANDINGS


class StandingFilter(admin.SimpleListFilter):
    """Styles by where they stand, as :attr:`Style.standing` names it."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what there is to choose."""
        return [(name, name.capitalize()) for name in STANDINGS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Style]) -> QuerySet[Style]:
        """Return the styles that stand there."""
        return queryset.filter(STANDINGS.get(self.value() or "", Q()))


class StyleColumns:
    """The columns that are not simply fields; the counts are those of ``StyleAdmin.get_queryset()``."""

    @admin.display(ordering="painting_count")
    def paintings(self, style: Style) -> int:
        """Return how often the style was used."""
        return int(getattr(style, "painting_count", 0))

    @admin.display(description="failed")
    def failures(self, style: Style) -> str:
        """Return the share of the ended jobs that failed."""
        ended = getattr(style, "ended_count", 0)
        return f"{getattr(style, 'failed_count', 0) / ended:.0%}" if ended else "–"

    @admin.display(description="engine, a megapixel", ordering="ms_per_megapixel")
    def measured(self, style: Style) -> SafeString:
        """Return both in one cell of the list."""
        return format_html("{}<br>{}", self.engine_line(style), self.cost(style))

    @admin.display(description="engine", ordering="engine")
    def engine_line(self, style: Style) -> str:
        """Return what paints in it, and how far that is from float32 on average."""
        deviation = f" ({style.deviation:.1f}/255)" if style.deviation is not None else ""
        return f"{style.engine} {style.precision}{deviation}" if style.engine else "–"

    @admin.display(description="a megapixel", ordering="ms_per_megapixel")
    def cost(self, style: Style) -> str:
        """Return time and memory that a megapixel takes."""
        if style.ms_per_megapixel is None or style.mb_per_megapixel is None:
            return "–"
        return f"{style.ms_per_megapixel:,.0f} ms, {style.mb_per_megapixel:,.0f} MB"

    @admin.display(description="standing", ordering="is_published")
    def standing_badge(self, style: Style) -> SafeString:
        """Return where it stands as a coloured word."""
        return format_html('<span class="badge badge--{}">{}</span>', style.standing, style.standing)

    @admin.display(description="preview")
    def picture(self, style: Style) -> SafeString | str:
        """Show the preview."""
        if not style.preview:
            return "–"
        address = reverse("admin:stylizer_style_picture", args=[style.pk])
        return format_html(
            '<img class="style-thumbnail" src="{}?v={}" width="96" height="72" alt="" loading="lazy">',
            address,
            style.checkpoint_sha256[:12],
        )

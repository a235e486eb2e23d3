"""Administration of the gallery: reports by people, and works that staff hide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gallery.models import Artwork, Report, ReportStatus
from gallery.reporting import dismiss, hide, show_again
from mlcore.picture_size import fitted_size
from stylizer.signed_in import signed_in

PICTURE_SIDE = 120


class ReasonForm(ActionForm):
    """Beside the choice of an action: why a work is hidden, in words for its owner."""

    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Reason to hide:",
        widget=forms.TextInput({"size": 28, "placeholder": "Shown to the owner"}),
    )


class OpenFirst(admin.SimpleListFilter):
    """Open reports, unless others are asked for."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Offer every state, and all of them."""
        return [*((status.value, str(status.label)) for status in ReportStatus), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        """Filter by the chosen state."""
        chosen = self.value() or ReportStatus.OPEN
        return queryset if chosen == "all" else queryset.filter(status=chosen)

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Mark what is chosen; there is no choice of none."""
        chosen = self.value() or ReportStatus.OPEN
        for value, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == chosen, "query_string": query, "display": label}


def _picture(artwork: Artwork) -> SafeString | str:
    """Show what staff may see: a private work is not theirs to look at."""
    if artwork.is_trashed:
        return "deleted by its owner"
    if not (artwork.is_on_show or artwork.is_hidden):
        return "private"
    width, height = fitted_size(artwork.thumbnail_width or 1, artwork.thumbnail_height or 1, PICTURE_SIDE)
    return format_html(
        '<a href="{}"><img src="{}" width="{}" height="{}" alt="{}" loading="lazy"></a>',
        artwork.get_absolute_url(),
        reverse("gallery:file", args=[artwork.pk, "thumbnail"]),
        width,
        height,
        artwork.title,
    )


def _hide(request: HttpRequest, artworks: Iterable[Artwork]) -> None:
    reason = request.POST.get("reason", "").strip()[:300]
    if not reason:
        messages.error(request, "Nothing was hidden: write the reason beside the action. The owner of a work reads it.")
        return
    count = sum(hide(artwork, by=signed_in(request), reason=reason) for artwork in artworks)
    messages.success(request, f"{count} hidden. Only the owner and staff see what is hidden.")


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin[Report]):
    """What people reported; staff hide the work or dismiss the report."""

    action_form = ReasonForm
    actions = ("hide_works", "dismiss_reports")
    list_display = ("picture", "work", "owner", "reason", "text", "reporter", "status", "created_at")
    list_display_links = None
    list_filter = (OpenFirst, "reason")
    list_select_related = ("artwork__owner", "reporter")
    list_per_page = 50
    search_fields = ("artwork__title", "artwork__owner__username", "reporter__username")
    # What somebody reported is not staff's to rewrite; the list's actions decide about it.
    readonly_fields = ("artwork", "reporter", "reason", "text", "status", "created_at", "handled_by", "handled_at")

    @admin.display(description="picture")
    def picture(self, report: Report) -> SafeString | str:
        """Show the work's thumbnail."""
        return _picture(report.artwork)

    @admin.display(description="work", ordering="artwork__title_key")
    def work(self, report: Report) -> str:
        """Return the work's title."""
        if report.artwork.is_trashed:
            return "–"
        return f"{report.artwork.title} (hidden)" if report.artwork.is_hidden else report.artwork.title

    @admin.display(description="owner", ordering="artwork__owner__username")
    def owner(self, report: Report) -> str:
        """Return whose work it is."""
        return report.artwork.owner.get_username()

    @admin.action(description="Hide the works (needs a reason)", permissions=["change"])
    def hide_works(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        """Hide each work once; all open reports of it are closed with that."""
        _hide(request, Artwork.objects.filter(reports__in=reports).distinct())

    @admin.action(description="Dismiss", permissions=["change"])
    def dismiss_reports(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        """Close all open reports of these works; the works stay as they are."""
        artworks = Artwork.objects.filter(reports__in=reports).distinct()
        count = sum(dismiss(artwork, by=signed_in(request)) for artwork in artworks)
        self.message_user(request, f"{count} dismissed.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Reports come from the gallery."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was reported stays on record."""
        return False


@admin.register(Artwork)
class ArtworkAdmin(admin.ModelAdmin[Artwork]):
    """What is published, and by whom; staff can hide a work, and show it again."""

    action_form = ReasonForm
    actions = ("hide_works", "show_again")
    list_display = ("picture", "title", "owner", "style", "is_public", "hidden_reason", "star_count", "created_at")
    list_display_links = ("title",)
    list_filter = ("is_public", ("hidden_at", admin.EmptyFieldListFilter), "style")
    list_select_related = ("owner", "style")
    search_fields = ("title", "owner__username")
    show_full_result_count = False  # it would read the whole table
    fields = (
        *("title", "owner", "style", "is_public", "published_at", "created_at", "trashed_at"),
        *("hidden_at", "hidden_by", "hidden_reason", "star_count"),
    )
    readonly_fields = fields[1:]

    @admin.display(description="picture")
    def picture(self, artwork: Artwork) -> SafeString | str:
        """Show the thumbnail of a public or hidden work."""
        return _picture(artwork)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Artwork]:
        """Leave out what lies in its owner's trash."""
        return super().get_queryset(request).filter(trashed_at__isnull=True)

    @admin.action(description="Hide (needs a reason)", permissions=["change"])
    def hide_works(self, request: HttpRequest, artworks: QuerySet[Artwork]) -> None:
        """Hide public works."""
        _hide(request, artworks.filter(is_public=True))

    @admin.action(description="Show again", permissions=["change"])
    def show_again(self, request: HttpRequest, artworks: QuerySet[Artwork]) -> None:
        """Take the hiding back."""
        self.message_user(request, f"{sum(map(show_again, artworks))} shown again.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Works are saved from a finished job."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff hide a work; deleting it, with its files, is its owner's to decide."""
        return False

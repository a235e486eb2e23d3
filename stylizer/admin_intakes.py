"""The administration of intakes: how far each is, how it ended, and cancelling it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from stylizer import intake_lifecycle
from stylizer.models import StyleIntake


@admin.register(StyleIntake)
class StyleIntakeAdmin(admin.ModelAdmin[StyleIntake]):
    """Uploads on their way into the catalog, and styles that are measured anew."""

    list_display = ("name", "kind", "badge", "step", "percent", "reason", "requested_by", "created_at")
    list_filter = ("state", "kind")
    list_select_related = ("style", "requested_by")
    fields = (
        *("id", "kind", "style", "requested_by", "upload_name", "attempts", "worker"),
        *("created_at", "started_at", "finished_at"),
    )
    readonly_fields = fields
    view_on_site = False
    change_form_template = "admin/stylizer/styleintake/progress.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the part of a page that changes, and cancelling."""
        view = self.admin_site.admin_view
        own = [
            path("<path:object_id>/progress/", view(require_GET(self.progress)), name="stylizer_styleintake_progress"),
            path("<path:object_id>/cancel/", view(require_POST(self.cancel)), name="stylizer_styleintake_cancel"),
        ]
        return own + super().get_urls()

    @admin.display(description="state", ordering="state")
    def badge(self, intake: StyleIntake) -> SafeString:
        """Return the state as a coloured word."""
        return format_html('<span class="badge badge--{}">{}</span>', intake.state, intake.get_state_display())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They begin with a style's form."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: StyleIntake | None = None) -> bool:
        """There is nothing to edit; cancelling asks for the permission itself."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StyleIntake | None = None) -> bool:
        """One that has ended may be forgotten; its files are gone already."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_active)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return none: deleting several at once would take those in work too."""
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the progress above the facts."""
        intake = self.get_object(request, object_id)
        return super().change_view(request, object_id, form_url, {"intake": intake} | (extra_context or {}))

    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that changes; asks for a whole page when the intake has ended."""
        intake = self._visible(request, object_id)
        response = render(request, "admin/stylizer/styleintake/_progress.html", {"intake": intake})
        if not intake.is_active:
            response["HX-Refresh"] = "true"
        return response

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop one that waits or is in work."""
        intake = self._visible(request, object_id, change=True)
        if not intake_lifecycle.cancel(intake):
            self.message_user(request, "It had ended already.", messages.INFO)
        return redirect(intake)

    def _visible(self, request: HttpRequest, object_id: str, *, change: bool = False) -> StyleIntake:
        if not (super().has_change_permission(request) if change else self.has_view_permission(request)):
            raise PermissionDenied
        try:
            return get_object_or_404(StyleIntake.objects.select_related("style"), pk=object_id)
        except ValidationError as error:  # no id
            raise Http404 from error

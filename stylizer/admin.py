"""Administration of catalog and jobs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stylizer import job_lifecycle
from stylizer.admin_forms import StyleForm
from stylizer.files import delete_files
from stylizer.models import Style, Stylization
from stylizer.wake import wake_worker


@admin.register(Style)
class StyleAdmin(admin.ModelAdmin[Style]):
    """The style catalog; adding a style uploads and verifies its checkpoint."""

    form = StyleForm
    list_display = ("picture", "name", "artist", "licence", "engine_line", "is_published", "position", "paintings")
    list_display_links = ("picture", "name")
    list_editable = ("is_published", "position")
    list_filter = ("is_published",)
    search_fields = ("name", "artist", "slug")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = (
        *("picture", "checkpoint_sha256", "recipe", "metrics"),
        *("engine", "precision", "deviation", "deviation_psnr", "deviation_ssim", "created_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Style]:
        """Count the paintings in the same query."""
        return super().get_queryset(request).annotate(painting_count=Count("stylizations"))

    @admin.display(ordering="painting_count")
    def paintings(self, style: Style) -> int:
        """Return how often the style was used."""
        return int(getattr(style, "painting_count", 0))

    @admin.display(description="engine", ordering="engine")
    def engine_line(self, style: Style) -> str:
        """Return what paints in it, and how far that is from float32 on average."""
        deviation = f" ({style.deviation:.1f}/255)" if style.deviation is not None else ""
        return f"{style.engine} {style.precision}{deviation}" if style.engine else "–"

    @admin.display(description="preview")
    def picture(self, style: Style) -> SafeString | str:
        """Show the preview of a published style."""
        if not style.is_published or not style.preview:
            return "–"
        return format_html('<img src="{}" width="96" height="72" alt="">', style.preview_url)

    def delete_model(self, request: HttpRequest, obj: Style) -> None:
        """Delete a style that no painting uses (Django refuses the others), then its files."""
        super().delete_model(request, obj)
        transaction.on_commit(lambda: delete_files(obj.checkpoint, obj.preview))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Style]) -> None:
        """Delete several, one by one, for the sake of their files."""
        for style in queryset:
            self.delete_model(request, style)


@admin.register(Stylization)
class StylizationAdmin(admin.ModelAdmin[Stylization]):
    """Jobs and their states, to look at, cancel and try again. The pictures stay their owners' own."""

    list_display = ("id", "owner", "style", "size_label", "status", "progress", "attempts", "seconds", "created_at")
    list_filter = ("status", "style", "created_at")
    list_select_related = ("owner", "style")
    search_fields = ("id", "owner__username")
    date_hierarchy = "created_at"
    actions = ("cancel_jobs", "try_jobs_again")
    fields = (
        *("id", "owner", "style", "size_label", "strength", "keep_colors", "brush", "format", "quality"),
        *("photo_size", "status", "progress", "attempts"),
        *("error_code", "error_detail", "worker", "lease_expires_at", "result_width", "result_height"),
        *("created_at", "started_at", "finished_at", "seconds"),
    )
    readonly_fields = fields

    @admin.display(description="photo")
    def photo_size(self, job: Stylization) -> str:
        """Return the photo's pixels: its name, as its pictures, is its owner's own."""
        return f"{job.photo.width} × {job.photo.height} px"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Jobs are made in the studio."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A job's files go with it, which is its owner's to decide."""
        return False

    @admin.action(description="Cancel", permissions=["change"])
    def cancel_jobs(self, request: HttpRequest, jobs: QuerySet[Stylization]) -> None:
        """Cancel those that wait or are in work."""
        count = sum(job_lifecycle.cancel(job) for job in jobs)
        self.message_user(request, f"{count} cancelled.")

    @admin.action(description="Try again", permissions=["change"])
    def try_jobs_again(self, request: HttpRequest, jobs: QuerySet[Stylization]) -> None:
        """Queue those that failed or were cancelled."""
        count = 0
        for job in jobs:
            if job_lifecycle.try_again(job):
                wake_worker()
                count += 1
        self.message_user(request, f"{count} queued again.")

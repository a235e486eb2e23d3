"""The administration of jobs: to look at, cancel and try again. The pictures stay their owners' own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stylizer import job_lifecycle
from stylizer.models import Status, Stylization
from stylizer.rejections import Rejected
from stylizer.wake import wake_worker


class OwnerFilter(admin.SimpleListFilter):
    """Jobs of one person, by a name that is typed: a list of everybody would be too long."""

    title = "user"
    parameter_name = "user"
    template = "admin/text_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Return what makes Django show the filter; the template has a field instead of choices."""
        return [("", "")]

    def choices(self, changelist: Any) -> Any:
        """Return what the field's form must carry along: the other filters."""
        yield {
            "value": self.value() or "",
            "others": [
                (name, value) for name, value in changelist.params.items() if name not in (self.parameter_name, "p")
            ],
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Stylization]) -> QuerySet[Stylization]:
        """Return the person's jobs."""
        name = (self.value() or "").replace("\0", "")
        return queryset.filter(owner__username__iexact=name) if name else queryset


class ErrorFilter(admin.AllValuesFieldListFilter):
    """Jobs by their error, those without one under a name that can be read and clicked."""

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:  # type: ignore[override]  # the stubs say less
        """Name the empty value."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or "No error"}


@admin.register(Stylization)
class StylizationAdmin(admin.ModelAdmin[Stylization]):
    """Jobs and their states."""

    list_display = (*("short_id", "owner", "style", "size_label", "state", "duration", "error_code", "created_at"),)
    list_filter = ("status", "queue", OwnerFilter, "style", "created_at", ("error_code", ErrorFilter))
    list_select_related = ("owner", "style")
    search_fields = ("id", "owner__username")
    date_hierarchy = "created_at"
    actions = ("cancel_jobs", "try_jobs_again")
    fields = (
        *("id", "owner", "style", "size_label", "strength", "keep_colors", "brush", "format", "quality"),
        *("photo_size", "queue", "status", "progress", "attempts"),
        *("error_code", "error_detail", "worker", "lease_expires_at", "result_width", "result_height"),
        *("created_at", "started_at", "finished_at", "duration"),
    )
    readonly_fields = fields

    @admin.display(description="id", ordering="id")
    def short_id(self, job: Stylization) -> str:
        """Return enough of it to tell jobs apart; the whole is in the link."""
        return str(job.pk)[:8]

    @admin.display(description="state", ordering="status")
    def state(self, job: Stylization) -> SafeString:
        """Return the state as a coloured word, with the percent of what is in work."""
        percent = f" {job.progress}%" if job.status == Status.RUNNING else ""
        return format_html('<span class="badge badge--{}">{}{}</span>', job.status, job.get_status_display(), percent)

    @admin.display(description="photo")
    def photo_size(self, job: Stylization) -> str:
        """Return the photo's pixels: its name, as its pictures, is its owner's own."""
        return f"{job.photo.width} × {job.photo.height} px"

    @admin.display(ordering="seconds")
    def duration(self, job: Stylization) -> str:
        """Return how long it was in work, failed ones and those in work too."""
        if job.seconds is not None:
            return f"{job.seconds:.1f} s"
        if job.started_at is None:
            return "–"
        return f"{((job.finished_at or timezone.now()) - job.started_at).total_seconds():.1f} s"

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
        for job in jobs.select_related("style", "owner"):
            try:
                again = job_lifecycle.try_again(job)
            except Rejected as refusal:
                self.message_user(request, refusal.detail, messages.WARNING)
                continue
            if again:
                wake_worker(job.queue)
                count += 1
        self.message_user(request, f"{count} queued again.")

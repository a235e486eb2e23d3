"""One photo to be painted in one style: the job and, in the end, its result."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.urls import reverse

from mlcore.master_file import master_format
from mlcore.paint_options import PaintOptions
from stylizer.models.batch import Batch
from stylizer.models.paint_choices import PaintChoices
from stylizer.models.photo import Photo
from stylizer.models.queue import Queue
from stylizer.models.style import Style
from stylizer.paint_choices import output_size, painted_pixels


class Status(models.TextChoices):
    """Where a job stands; job_lifecycle.py holds every way from one to the next."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (Status.QUEUED, Status.RUNNING)


class StylizationQuerySet(models.QuerySet["Stylization"]):
    """Queries named after what they answer."""

    def visible_to(self, user: Any) -> StylizationQuerySet:
        """Return the jobs ``user`` may see: their own; nobody's for an anonymous visitor."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def active(self) -> StylizationQuerySet:
        """Return the jobs that wait or are in work."""
        return self.filter(status__in=ACTIVE)

    def unseen(self) -> StylizationQuerySet:
        """Return the results that their owner has not looked at."""
        return self.filter(status=Status.SUCCEEDED, is_seen=False)


def _job_path(job: Stylization, name: str) -> str:
    return f"stylizations/{job.id.hex[:2]}/{job.id}/{name}"


def master_path(job: Stylization, filename: str) -> str:
    """Return where the painting before its finishing goes: by lease, as the result."""
    return _job_path(job, f"master-{job.lease_token}.{master_format(*job.output_size).lower()}")


def result_path(job: Stylization, filename: str) -> str:
    """Return where a painting goes: by lease, so that two workers never write the same file."""
    return _job_path(job, f"result-{job.lease_token}{job.suffix}")


def thumbnail_path(job: Stylization, filename: str) -> str:
    """Return where the painting's thumbnail goes."""
    return _job_path(job, f"thumbnail-{job.lease_token}.webp")


class Stylization(PaintChoices):
    """A job. The row is the truth; queue messages only wake a worker."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stylizations")
    style = models.ForeignKey(Style, on_delete=models.PROTECT, related_name="stylizations")
    # RESTRICT, not PROTECT: an account goes with both.
    photo = models.ForeignKey(Photo, on_delete=models.RESTRICT, related_name="stylizations", editable=False)
    batch = models.ForeignKey(
        Batch, on_delete=models.SET_NULL, null=True, blank=True, related_name="stylizations", editable=False
    )
    size = models.PositiveIntegerField(null=True, blank=True, help_text="Longest side in pixels; empty: as the photo.")

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED, editable=False)
    queue = models.CharField(
        max_length=10,
        choices=Queue,
        default=Queue.CPU,
        db_default=Queue.CPU,
        editable=False,
        help_text="Whose workers take it.",
    )
    progress = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Percent.")
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    error_code = models.CharField(max_length=50, blank=True, editable=False)
    error_detail = models.TextField(blank=True, editable=False)

    lease_token = models.UUIDField(null=True, editable=False, help_text="Whoever knows it may finish the job.")
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    worker = models.CharField(max_length=100, blank=True, editable=False)

    master = models.FileField(
        upload_to=master_path,
        max_length=200,
        blank=True,
        editable=False,
        help_text="The painting before its finishing; empty: from when there was none.",
    )
    result = models.FileField(upload_to=result_path, max_length=200, blank=True, editable=False)
    result_width = models.PositiveIntegerField(null=True, editable=False)
    result_height = models.PositiveIntegerField(null=True, editable=False)
    thumbnail = models.FileField(upload_to=thumbnail_path, max_length=200, blank=True, editable=False)
    thumbnail_width = models.PositiveIntegerField(null=True, editable=False)
    thumbnail_height = models.PositiveIntegerField(null=True, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    seconds = models.FloatField(null=True, editable=False, help_text="From claim to result.")
    engine = models.CharField(max_length=20, blank=True, editable=False, help_text="What painted it.")
    precision = models.CharField(max_length=10, blank=True, editable=False, help_text="What it was computed in.")
    is_seen = models.BooleanField(default=False, editable=False, help_text="Its owner has looked at the result.")

    claimed_at: float | None = None
    """Monotonic time of the claim, in the process that made it and in no column."""

    objects = StylizationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["status", "created_at"]),
            models.Index(fields=["owner", "-created_at"]),
            models.Index(fields=["status", "lease_expires_at"]),
            models.Index(
                fields=["owner"], name="stylizer_st_unseen_idx", condition=Q(status="succeeded", is_seen=False)
            ),
            # For job_lifecycle.next_in_line(): the line itself, and of each who waits what is running and was served.
            models.Index(
                fields=["owner", "created_at", "id"], name="stylizer_st_line_idx", condition=Q(status="queued")
            ),
            models.Index(fields=["owner"], name="stylizer_st_running_idx", condition=Q(status="running")),
            models.Index(
                fields=["owner", "-started_at"],
                name="stylizer_st_served_idx",
                condition=Q(started_at__isnull=False),
            ),
            # For estimates.Speeds.
            models.Index(fields=["-finished_at"], name="stylizer_st_recent_idx", condition=Q(status="succeeded")),
        ]

    def __str__(self) -> str:
        return f"{self.style.name}, {self.size_label}, {self.status}"

    def get_absolute_url(self) -> str:
        """Return the job's page."""
        return reverse("stylizer:detail", args=[self.id])

    @property
    def is_active(self) -> bool:
        """Whether the job waits or is in work."""
        return self.status in ACTIVE

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen by itself."""
        return not self.is_active

    @property
    def size_label(self) -> str:
        """The wanted size in words."""
        return f"{self.size} px" if self.size else "original size"

    @property
    def options(self) -> PaintOptions:
        """What was chosen, as the painting takes it."""
        return PaintOptions(
            size=self.size,
            strength=self.strength,
            keep_colors=self.keep_colors,
            brush=self.brush,
            format=self.format,  # type: ignore[arg-type]  # one of the column's choices
            quality=self.quality,
        )

    @property
    def result_files(self) -> tuple[FieldFile, ...]:
        """The files that painting makes."""
        return self.master, self.result, self.thumbnail

    @property
    def result_version(self) -> str:
        """What changes when the result does, so that its address may be kept for long: part of the file's name."""
        return hashlib.sha256(str(self.result.name).encode()).hexdigest()[:12]

    @property
    def finishing_query(self) -> str:
        """What was chosen of the finishing, as the query of a rendering."""
        keep = "true" if self.keep_colors else "false"
        values = {
            "strength": self.strength,
            "keep_colors": keep,
            "format": self.format.lower(),
            "quality": self.quality,
        }
        return urlencode(values)

    @property
    def output_size(self) -> tuple[int, int]:
        """Width and height of the result, known before it is painted."""
        return output_size(self.size, self.photo.width, self.photo.height)

    @property
    def painted_pixels(self) -> int:
        """Pixels that the network paints, which is nearly all of the work: more than the result's for a fine brush.

        At strength 0 as well, for the master is painted whatever the strength.
        """
        return painted_pixels(self.size, self.brush, self.photo.width, self.photo.height)

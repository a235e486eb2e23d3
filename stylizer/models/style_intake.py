"""A checkpoint on its way into the catalog, or a style that is measured anew: background work with its progress."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from stylizer.models.style import Style


class IntakeKind(models.TextChoices):
    """What is to become of it."""

    NEW = "new", "new style"
    REPLACE = "replace", "new checkpoint"
    MEASURE = "measure", "measure and preview"


class IntakeState(models.TextChoices):
    """Where it stands; intake_lifecycle.py holds every way from one to the next."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE_INTAKES = (IntakeState.QUEUED, IntakeState.RUNNING)


class IntakeStep(models.TextChoices):
    """What is being done."""

    WAITING = "waiting", "Waiting for a worker"
    VERIFYING = "verifying", "Checking the file"
    MEASURING = "measuring", "Measuring and painting previews"
    STORING = "storing", "Storing"
    ENDED = "ended", "Ended"


def upload_path(intake: StyleIntake, filename: str) -> str:
    """Return where the upload waits: its own name and suffix are the sender's word and are dropped."""
    return f"intakes/{intake.id}/checkpoint"


def painting_path(intake: StyleIntake, filename: str) -> str:
    """Return where the re-encoded style image waits."""
    return f"intakes/{intake.id}/style-image.jpg"


class StyleIntake(models.Model):
    """The row is the truth; queue messages only wake a worker. Its files are gone when it has ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=IntakeKind, editable=False)
    style = models.ForeignKey(
        Style,
        on_delete=models.CASCADE,
        null=True,
        editable=False,
        related_name="intakes",
        help_text="Once there is one.",
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="style_intakes"
    )
    entry = models.JSONField(default=dict, editable=False, help_text="The words of a new style, by their columns.")
    publish = models.BooleanField(default=True, editable=False, help_text="If nothing is found wrong.")
    upload = models.FileField(upload_to=upload_path, max_length=200, blank=True, editable=False)
    upload_name = models.CharField(max_length=100, blank=True, editable=False, help_text="As its sender named it.")
    style_image = models.FileField(upload_to=painting_path, max_length=200, blank=True, editable=False)

    state = models.CharField(max_length=10, choices=IntakeState, default=IntakeState.QUEUED, editable=False)
    step = models.CharField(max_length=10, choices=IntakeStep, default=IntakeStep.WAITING, editable=False)
    percent = models.PositiveSmallIntegerField(default=0, editable=False)
    reason_code = models.CharField(max_length=50, blank=True, editable=False)
    reason = models.TextField(blank=True, editable=False, help_text="How it ended, in words.")

    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    lease_token = models.UUIDField(null=True, editable=False, help_text="Whoever knows it may finish the work.")
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    worker = models.CharField(max_length=100, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        """Return its page in the administration."""
        return reverse("admin:stylizer_styleintake_change", args=[self.pk])

    @property
    def name(self) -> str:
        """What the style is or will be called."""
        return self.style.name if self.style else str(self.entry.get("name", ""))

    @property
    def is_active(self) -> bool:
        """Whether it waits or is in work."""
        return self.state in ACTIVE_INTAKES

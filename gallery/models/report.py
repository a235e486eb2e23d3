"""A report: somebody thinks that a public work should not be on show."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gallery.models.artwork import Artwork


class Reason(models.TextChoices):
    """What is wrong with it."""

    RIGHTS = "rights", "It uses a photo or work without permission"
    PERSON = "person", "It shows somebody who did not agree"
    OFFENSIVE = "offensive", "It is hateful, violent or sexual"
    SPAM = "spam", "It is advertising"
    OTHER = "other", "Something else"


class ReportStatus(models.TextChoices):
    """What staff made of it."""

    OPEN = "open", "Open"
    HIDDEN = "hidden", "Work hidden"
    DISMISSED = "dismissed", "Dismissed"


class Report(models.Model):
    """One person's report of one work; reporting.py holds what can be done with it."""

    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=10, choices=Reason)
    text = models.TextField("what else staff should know", max_length=1000, blank=True)
    status = models.CharField(max_length=10, choices=ReportStatus, default=ReportStatus.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["status", "-created_at"], name="report_status_newest"),
            models.Index(fields=["reporter", "-created_at"], name="report_reporter_newest"),
        ]
        constraints = [models.UniqueConstraint(fields=["artwork", "reporter"], name="report_once")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.pk})"  # without the title, which may be private by now

"""What is kept about a style beside it: paintings to compare styles by, and who decided what about it and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from stylizer.models.style import Style


class StyleSample(models.Model):
    """One of the fixed photos painted in a style."""

    style = models.ForeignKey(Style, on_delete=models.CASCADE, related_name="samples")
    photo = models.CharField(max_length=20, help_text="Which of mlcore.preview_photos.")
    image = models.FileField(upload_to="styles", max_length=200, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["style", "photo"], name="one_sample_a_photo")]

    def __str__(self) -> str:
        return f"{self.style.name}, {self.photo}"


class Verb(models.TextChoices):
    """What was decided."""

    PUBLISH = "publish", "published"
    UNPUBLISH = "unpublish", "unpublished"
    QUARANTINE = "quarantine", "quarantined"
    RETIRE = "retire", "retired"
    RESTORE = "restore", "brought back"


class StyleDecision(models.Model):
    """One change of where a style stands."""

    style = models.ForeignKey(Style, on_delete=models.CASCADE, related_name="decisions")
    verb = models.CharField(max_length=10, choices=Verb, editable=False)
    reason = models.CharField(max_length=500, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, help_text="Empty: the checks."
    )
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-decided_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.style.name}: {self.verb}"

"""That staff hid a work which its owner has deleted for good since."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from stylizer.models import Stylization


class Hiding(models.Model):
    """Kept with the painting a hidden work was saved from, so that saving it once more does not show it again."""

    stylization = models.OneToOneField(Stylization, on_delete=models.CASCADE, related_name="hiding")
    hidden_at = models.DateTimeField()
    hidden_reason = models.CharField(max_length=300, blank=True, help_text="Shown to its owner.")
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"hidden: {self.stylization_id}"

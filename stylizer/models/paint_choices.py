"""What was chosen about a painting: the columns that a job and a kept work have alike."""

from __future__ import annotations

from django.db import models

from mlcore.paint_options import FORMATS
from stylizer.paint_choices import DEFAULTS

PAINT_CHOICES = ("strength", "keep_colors", "brush", "format", "quality")
"""The columns' names."""
_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}


class PaintChoices(models.Model):
    """Each column's default is what a painting is like when nobody chooses."""

    strength = models.FloatField(default=DEFAULTS.strength, editable=False, help_text="0: the photo, 1: the painting.")
    keep_colors = models.BooleanField("keep colours", default=DEFAULTS.keep_colors, editable=False)
    brush = models.FloatField(default=DEFAULTS.brush, editable=False, help_text="Width of the strokes, 0.25 to 4.")
    format = models.CharField(
        max_length=4, choices=[(name, name) for name in FORMATS], default=DEFAULTS.format, editable=False
    )
    quality = models.PositiveSmallIntegerField(
        default=DEFAULTS.quality, editable=False, help_text="1 to 100; PNG takes no notice."
    )

    class Meta:
        abstract = True

    @property
    def suffix(self) -> str:
        """How the name of the painting's file ends."""
        return _SUFFIXES[self.format]

    @property
    def special_choices(self) -> list[tuple[str, str]]:
        """What was chosen other than the default, each a term and what it is, in words."""
        chosen = []
        if self.strength != DEFAULTS.strength:
            chosen.append(("Strength", f"{100 * self.strength:.3g}%"))
        if self.keep_colors:
            chosen.append(("Colours", "the photo’s own"))
        if self.brush > 1:
            chosen.append(("Brush", f"{self.brush:.2g}× broader"))
        elif self.brush < 1:
            chosen.append(("Brush", f"{1 / self.brush:.2g}× finer"))
        if self.format == "PNG":
            chosen.append(("File", "PNG"))
        elif (self.format, self.quality) != (DEFAULTS.format, DEFAULTS.quality):
            name = "WebP" if self.format == "WEBP" else self.format
            chosen.append(("File", f"{name}, quality {self.quality}"))
        return chosen

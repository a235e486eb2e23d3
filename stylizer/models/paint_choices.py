"""What was chosen about a painting: the columns that a job and a kept work have alike."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models

from mlcore.paint_options import FORMATS
from stylizer.paint_choices import DEFAULTS

PAINT_CHOICES = ("strength", "keep_colors", "brush", "format", "quality")
"""The columns' names."""
FINISHING_CHOICES = ("strength", "keep_colors", "format", "quality")
"""Those that can be made anew without painting again."""
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
"""How a file's name ends, by format."""


class Choice(NamedTuple):
    """One choice in words: what it is about, what was chosen, and both in a few letters."""

    term: str
    text: str
    brief: str


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
        return SUFFIXES[self.format]

    @property
    def special_choices(self) -> list[Choice]:
        """What was chosen other than the default."""
        chosen = []
        if self.strength != DEFAULTS.strength:
            percent = f"{100 * self.strength:.3g}%"
            chosen.append(Choice("Strength", percent, percent))
        if self.keep_colors:
            chosen.append(Choice("Colours", "the photo’s own", "own colours"))
        if self.brush != DEFAULTS.brush:
            brush = f"{self.brush:.2g}× broader" if self.brush > 1 else f"{1 / self.brush:.2g}× finer"
            chosen.append(Choice("Brush", brush, brush))
        if self.format == "PNG":
            chosen.append(Choice("File", "PNG", "PNG"))
        elif (self.format, self.quality) != (DEFAULTS.format, DEFAULTS.quality):
            name = "WebP" if self.format == "WEBP" else self.format
            chosen.append(Choice("File", f"{name}, quality {self.quality}", f"{name} {self.quality}"))
        return chosen

"""What people may choose about a painting beside photo and style. Needs no torch."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from mlcore.errors import ConfigError

PaintingFormat = Literal["JPEG", "PNG", "WEBP"]
FORMATS: tuple[PaintingFormat, ...] = get_args(PaintingFormat)
MIN_BRUSH, MAX_BRUSH = 0.25, 4.0
MIN_QUALITY, MAX_QUALITY = 1, 100


@dataclass(frozen=True)
class PaintOptions:
    """The choices for one painting.

    Raises:
        ConfigError: a value is of the wrong type, not a finite number or outside its range; the sentence names the
            option as the command line spells it.
    """

    size: int | None = 512
    """Longest side of the painting, pixels, at least 1; ``None`` keeps the photo's own size."""
    strength: float = 1.0
    """How much of the painting shows: 0 is the photo, 1 the painting."""
    keep_colors: bool = False
    """Take lightness from the painting and colour from the photo."""
    brush: float = 1.0
    """Width of the strokes, 0.25 to 4 times the usual; the painting's size stays the same."""
    format: PaintingFormat = "JPEG"
    quality: int = 92
    """1 to 100, for JPEG and WebP; PNG loses nothing and takes no notice."""

    def __post_init__(self) -> None:
        if self.size is not None and _whole("size", self.size) < 1:
            raise ConfigError(f"--size must be at least 1 pixel, not {self.size}.")
        _within("strength", _number("strength", self.strength), 0, 1)
        if not isinstance(self.keep_colors, bool):
            raise ConfigError(f"--keep-colors must be true or false, not {self.keep_colors!r}.")
        _within("brush", _number("brush", self.brush), MIN_BRUSH, MAX_BRUSH)
        if self.format not in FORMATS:
            raise ConfigError(f"--format must be one of {', '.join(FORMATS)}, not {self.format!r}.")
        _within("quality", _whole("quality", self.quality), MIN_QUALITY, MAX_QUALITY)

    def as_dict(self) -> dict[str, Any]:
        """Return the values by name as JSON types, without ``quality`` where the format has none."""
        values = dataclasses.asdict(self)
        if self.format == "PNG":
            del values["quality"]
        return values


def _whole(name: str, value: object) -> int:
    # True and False are ints to Python, and nobody means them here.
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"--{name} must be a whole number, not {value!r}.")
    return value


def _number(name: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ConfigError(f"--{name} must be a finite number, not {value!r}.")
    return value


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"--{name} must be from {low:g} to {high:g}, not {value}.")

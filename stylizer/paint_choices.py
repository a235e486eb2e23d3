"""What people choose about a painting beside photo and style: read and checked here, for the form and the API alike."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from mlcore.image_io import ORIGINAL
from mlcore.paint import painted_size
from mlcore.paint_options import MAX_BRUSH, MAX_QUALITY, MIN_BRUSH, MIN_QUALITY, PaintingFormat, PaintOptions
from mlcore.picture_size import fitted_size, megapixels
from stylizer.rejections import Rejected

MIN_SIZE = 64
MAX_SIZE = 2048
DEFAULTS = PaintOptions(size=512, quality=95)
"""What nobody chose; older paintings, which knew no choice but the size, were all made so."""

FORMATS: dict[str, PaintingFormat] = {"jpeg": "JPEG", "jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
LONGEST_SIDE: dict[PaintingFormat, int] = {"JPEG": 65_500, "WEBP": 16_383}
"""Pixels that a file of the format can have a side; PNG has no limit that a photo meets."""

_YES, _NO = {"true", "1", "on", "yes"}, {"false", "0", "off", "no"}
_NUMBER = re.compile(r"-?(\d{1,9}(\.\d{0,20})?|\.\d{1,20})(e-?\d{1,3})?", re.ASCII | re.IGNORECASE)


def parse_size(value: object) -> int | None:
    """Return the longest side in pixels, or ``None`` for "original".

    Raises:
        Rejected: neither "original" nor a whole number within the limits.
    """
    if _text(value) == ORIGINAL:
        return None
    size = _whole(value, MIN_SIZE, MAX_SIZE)
    if size is None:
        raise _wrong("size", f'The size must be a whole number of pixels from {MIN_SIZE} to {MAX_SIZE}, or "original".')
    return size


def parse_strength(value: object) -> float:
    """Return how much of the painting shows, 0 to 1.

    Raises:
        Rejected: no number within the limits.
    """
    strength = _number(value, 0, 1)
    if strength is None:
        raise _wrong("strength", "The strength must be a number from 0, the photo, to 1, the painting.")
    return strength


def parse_keep_colors(value: object) -> bool:
    """Return whether the photo's colours are kept.

    Raises:
        Rejected: neither yes nor no.
    """
    text = _text(value)
    if text not in _YES | _NO:
        raise _wrong("keep_colors", "Keeping the colours must be true or false.")
    return text in _YES


def parse_brush(value: object) -> float:
    """Return the width of the strokes, times the usual.

    Raises:
        Rejected: no number within the limits.
    """
    brush = _number(value, MIN_BRUSH, MAX_BRUSH)
    if brush is None:
        raise _wrong("brush", f"The brush must be a number from {MIN_BRUSH:g}, finer, to {MAX_BRUSH:g}, broader.")
    return brush


def parse_stroke(value: object) -> float:
    """Return the brush that is two to the power of ``value``: a slider's way to say it, 0 being the usual.

    Raises:
        Rejected: no number within the limits.
    """
    stroke = _number(value, math.log2(MIN_BRUSH), math.log2(MAX_BRUSH))
    return parse_brush("" if stroke is None else round(2.0**stroke, 4))


def parse_format(value: object) -> PaintingFormat:
    """Return the file's format.

    Raises:
        Rejected: none that Easel writes.
    """
    image_format = FORMATS.get(_text(value))
    if image_format is None:
        raise _wrong("format", "The format must be jpeg, png or webp.")
    return image_format


def parse_quality(value: object) -> int:
    """Return the quality of a JPEG or WebP file.

    Raises:
        Rejected: no whole number within the limits.
    """
    quality = _whole(value, MIN_QUALITY, MAX_QUALITY)
    if quality is None:
        raise _wrong("quality", f"The quality must be a whole number from {MIN_QUALITY} to {MAX_QUALITY}.")
    return quality


PARSERS: dict[str, Callable[[object], Any]] = {
    "size": parse_size,
    "strength": parse_strength,
    "keep_colors": parse_keep_colors,
    "brush": parse_brush,
    "format": parse_format,
    "quality": parse_quality,
}


def parse_choices(values: Mapping[str, Any], names: tuple[str, ...] = tuple(PARSERS)) -> PaintOptions:
    """Return what a request chose; what it does not name is as in :data:`DEFAULTS`.

    Args:
        values: the request's fields by name; others than ``names`` are not looked at.
        names: the choices there are.

    Raises:
        Rejected: the first value that cannot be, with the field at fault.
    """
    chosen = {name: PARSERS[name](values[name]) for name in names if name in values}
    return PaintOptions(**({"size": DEFAULTS.size, "quality": DEFAULTS.quality} | chosen))


def check_painting_size(options: PaintOptions, width: int, height: int) -> None:
    """Refuse what needs more memory than the workers' is planned for, and what the file could not hold.

    Args:
        options: what was chosen.
        width: of the photo, upright, pixels.
        height: likewise.

    Raises:
        Rejected: "original" of a large photo, a fine brush on a large painting, or a side too long for the format.
    """
    limit, limit_in_words = settings.EASEL_MAX_OUTPUT_PIXELS, f"{settings.EASEL_MAX_OUTPUT_PIXELS / 1e6:g} million"
    size = output_size(options.size, width, height)
    if math.prod(size) > limit:
        advice = f"Choose a size of up to {MAX_SIZE} pixels." if options.size is None else "Choose a smaller size."
        raise Rejected(
            "size_too_large",
            f"The painting would have {megapixels(*size):g} million pixels and this server paints up to "
            f"{limit_in_words}. {advice}",
            field="size",
        )
    # A fine brush is a larger picture for the network, reduced afterwards.
    painted = painted_size(*size, options.brush)
    if math.prod(painted) > limit:
        raise Rejected(
            "brush_too_fine",
            f"With so fine a brush, a painting of {size[0]} × {size[1]} pixels takes as much work as one of "
            f"{megapixels(*painted):g} million pixels, and this server paints up to {limit_in_words}. Choose a broader "
            "brush or a smaller size.",
            field="brush",
        )
    check_format(options.format, *size)


def check_format(image_format: PaintingFormat, width: int, height: int) -> None:
    """Refuse a format whose files cannot hold a painting of this size.

    Raises:
        Rejected: a side is too long.
    """
    longest = LONGEST_SIDE.get(image_format)
    if longest is not None and max(width, height) > longest:
        raise Rejected(
            "format_too_small",
            f"The painting would be {width} × {height} pixels, and a file of this format has at most {longest:,} a "
            "side. Choose PNG or a smaller size.",
            field="format",
        )


def output_size(size: int | None, width: int, height: int) -> tuple[int, int]:
    """Return (width, height) of the painting of a photo of ``width`` × ``height`` pixels."""
    return (width, height) if size is None else fitted_size(width, height, size)


def painted_pixels(size: int | None, brush: float, width: int, height: int) -> int:
    """Return how many pixels the network paints for a photo of ``width`` × ``height`` pixels."""
    return math.prod(painted_size(*output_size(size, width, height), brush))


def _text(value: object) -> str:
    return str(value).strip().lower()


def _whole(value: object, low: int, high: int) -> int | None:
    # 95.0 is a whole number to JSON.
    text = _text(int(value) if isinstance(value, float) and value.is_integer() else value)
    # isascii: int() also takes other scripts' digits, which no form sends on purpose.
    whole = text.isascii() and text.isdigit() and len(text) <= 6
    return int(text) if whole and low <= int(text) <= high else None


def _number(value: object, low: float, high: float) -> float | None:
    text = _text(f"{value:.20f}" if isinstance(value, float) and math.isfinite(value) else value)  # 1e-320 is one too
    number = float(text) + 0.0 if _NUMBER.fullmatch(text) else math.nan  # + 0.0 makes 0 of -0
    return number if low <= number <= high else None


def _wrong(name: str, sentence: str) -> Rejected:
    return Rejected(f"{name}_invalid", sentence, field=name)

"""The size of a painting: its longest side in pixels, or the photo's own."""

from __future__ import annotations

from django.conf import settings

from mlcore.image_io import ORIGINAL, megapixels
from stylizer.rejections import Rejected

MIN_SIZE = 64
MAX_SIZE = 2048
DEFAULT_SIZE = 512


def parse_size(value: object) -> int | None:
    """Return the longest side in pixels, or ``None`` for "original".

    Raises:
        Rejected: neither "original" nor a whole number within the limits.
    """
    text = str(value).strip().lower()
    if text == ORIGINAL:
        return None
    # isascii: int() also takes other scripts' digits, which no form sends on purpose.
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and MIN_SIZE <= int(text) <= MAX_SIZE):
        raise Rejected(
            "size_invalid",
            f'The size must be a whole number of pixels from {MIN_SIZE} to {MAX_SIZE}, or "original".',
            field="size",
        )
    return int(text)


def check_output_size(size: int | None, width: int, height: int) -> None:
    """Refuse a painting of more pixels than the workers' memory is planned for.

    Raises:
        Rejected: "original" of a photo that is too large to paint whole.
    """
    if size is None and width * height > settings.EASEL_MAX_OUTPUT_PIXELS:
        raise Rejected(
            "size_too_large",
            f"The photo's own size is {megapixels(width, height):g} million pixels and this server paints up to "
            f"{settings.EASEL_MAX_OUTPUT_PIXELS / 1e6:g} million. Choose a size of up to {MAX_SIZE} pixels.",
            field="size",
        )

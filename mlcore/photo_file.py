"""Reading a photo file for painting: its pixels as people see them, and what is kept beside them. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image
from PIL.ImageFile import ImageFile

from mlcore.errors import ImageError
from mlcore.exif_block import kept_exif
from mlcore.photo_formats import image_errors, open_image
from mlcore.picture_size import fitted_size
from mlcore.srgb import eight_bits, scale_transparent_grey, to_srgb

_EXIF_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    Attributes:
        image: RGB, 8 bits a channel, upright, in sRGB, transparency laid on white.
        alpha: mode L of the same size, 255 is opaque; ``None`` where nothing shows through.
        exif: what is kept of the file's EXIF (see :func:`mlcore.exif_block.kept_exif`), or ``b""``.
    """

    image: Image.Image
    alpha: Image.Image | None = None
    exif: bytes = b""


def read_photo(source: Path | BinaryIO | bytes, *, longest_side: int | None = None) -> Photo:
    """Decode a photo as people see it.

    The orientation is applied, an embedded ICC profile is converted to sRGB, deeper samples are scaled to 8 bits, and
    of an animation the first frame is read. A colour space that is only named, by number, is taken for sRGB.

    Args:
        source: a path, an open binary file or the bytes; any of :data:`mlcore.photo_formats.PHOTO_FORMATS`.
        longest_side: the wanted longest side in pixels, up or down; ``None`` keeps the size.

    Raises:
        ImageError: not an image, damaged, truncated, or of more than :data:`mlcore.photo_formats.MAX_PIXELS`.
    """
    if longest_side is not None and longest_side < 1:
        raise ImageError(f"The size must be at least 1 pixel, not {longest_side}.", code="size_invalid")
    with image_errors(source), open_image(source) as image:
        stored, part = image.size, None
        if longest_side is not None and image.format in ("JPEG", "MPO"):
            # JPEG can decode at 1/2, 1/4 or 1/8 for a fraction of the time; half as much again keeps it sharp.
            width, height = fitted_size(*stored, longest_side)
            draft = image.draft(None, (width * 3 // 2, height * 3 // 2))
            part = draft[1] if draft else None  # a reduced decode is rounded up; this is the photo in it
        scale_transparent_grey(image)
        exif = _exif_before_loading(image)
        image.load()
        exif = exif or kept_exif(_exif_block(image))
        if part is None:
            stored = image.size  # a TIFF turns upright as it loads
        pixels = eight_bits(image)
        if longest_side is not None and pixels.size != (size := fitted_size(*stored, longest_side)):
            pixels = pixels.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=3.0)
        alpha = pixels.getchannel("A") if pixels.mode in ("LA", "RGBA") else None
        colours = to_srgb(pixels.convert(pixels.mode.removesuffix("A")), image.info.get("icc_profile"))
        if alpha is not None and alpha.getextrema()[0] == 255:
            alpha = None
        if alpha is not None:
            colours = Image.composite(colours, Image.new("RGB", colours.size, "white"), alpha)
        turn = _TURNS.get(_orientation(image))
        if turn is not None:
            colours = colours.transpose(turn)
            alpha = None if alpha is None else alpha.transpose(turn)
    colours.info.clear()  # comments, profiles and the like, which Pillow would write into every copy
    return Photo(colours, alpha, exif)


def upright_size(image: ImageFile) -> tuple[int, int]:
    """Return (width, height) of an opened photo as people see it; only of a PNG are the pixels decoded for it."""
    width, height = image.size
    # Pillow has the size of a TIFF upright from the start, and pillow-heif that of a HEIC.
    sideways = image.format != "TIFF" and _orientation(image) in (5, 6, 7, 8)
    return (height, width) if sideways else (width, height)


def _orientation(image: ImageFile) -> int:
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except Exception:  # damaged EXIF says nothing about the picture itself
        return 1


def _exif_before_loading(image: ImageFile) -> bytes:
    """Return what is kept of a TIFF's tags: they are in the file itself, which loading may close."""
    if image.format != "TIFF" or image.fp is None:
        return b""
    position = image.fp.tell()
    try:
        return kept_exif(image.fp)
    finally:
        image.fp.seek(position)


def _exif_block(image: ImageFile) -> bytes:
    """Return the stored EXIF of a file; of a PNG it is known only after loading."""
    block = image.info.get("exif")
    if isinstance(block, bytes):
        return block
    # As ImageMagick writes it: a name, a length, and hexadecimal digits.
    text = image.info.get("Raw profile type exif", "")
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""

"""Pixels of any kind of file as 8-bit sRGB: deep grey scaled, palettes resolved, colour profiles converted."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

_BITS, _WHITE_IS_ZERO, _SAMPLE_FORMAT = 258, 262, 339
_MODE_OF_SPACE = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def scale_transparent_grey(image: ImageFile) -> None:
    """Bring the transparent level of a PNG of 2 or 4 bits to the 8 bits its pixels get; call it before loading."""
    key, steps = image.info.get("transparency"), {"L;2": 3, "L;4": 15}
    if image.format == "PNG" and isinstance(key, int) and image.tile and image.tile[0].args in steps:
        image.info["transparency"] = key * 255 // steps[image.tile[0].args]


def eight_bits(image: ImageFile) -> Image.Image:
    """Return an image of mode L, LA, RGB, RGBA or CMYK, still in the file's own colour space.

    Deeper grey is scaled, palettes are resolved, and a transparent colour or palette entry becomes an alpha channel.
    """
    key = image.info.get("transparency")
    if image.mode.startswith("I") or image.mode == "F":
        return _scaled_grey(image, key)
    if image.mode == "1" and key is None:
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in ("La", "RGBa"):
        return image.convert("LA" if image.mode == "La" else "RGBA")
    if key is not None and image.mode in ("1", "L", "RGB"):
        # Of 16-bit colour Pillow keeps the upper half of each sample, but the whole of the transparent colour.
        if isinstance(key, tuple) and max(key) > 255:
            image.info["transparency"] = tuple(sample >> 8 for sample in key)
        return image.convert("RGBA")
    return image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _scaled_grey(image: ImageFile, key: object) -> Image.Image:
    values = np.asarray(image)
    tags: Any = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    bits = int(tags.get(_BITS, (16,))[0])
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        highest = float(values.max(initial=0.0))
        # 1.0 is white, and highlights may pass it; a file that goes far beyond has another range, unstated.
        white = 1.0 if highest <= 10 else max(255.0, highest)
    elif tags.get(_SAMPLE_FORMAT, (1,))[0] == 2:
        white = float(2 ** (bits - 1) - 1)
    else:
        white = float(2**bits - 1)
        values = values.astype(np.int32).view(np.uint32) if bits == 32 else values
    levels = np.clip(np.rint(values * (255.0 / white)), 0, 255).astype(np.uint8)
    # Pillow inverts shallower samples by itself.
    grey = Image.fromarray(255 - levels if tags and tags.get(_WHITE_IS_ZERO) == 0 else levels)
    if isinstance(key, int):
        grey.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return grey


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return RGB in sRGB of an image of mode L, RGB or CMYK, by its ICC profile if it has one that can be used."""
    if profile:
        try:
            return _converted(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken or mismatched profile: the plain conversion is the better guess
    return image.convert("RGB")


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    mode = _MODE_OF_SPACE.get(profile.profile.xcolor_space, image.mode)
    if image.mode == "L" and mode == "RGB":
        image = image.convert("RGB")
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), image.mode, "RGB")
    if image.mode == "RGB":
        # Most photos carry sRGB itself in some vendor's spelling; converting them would cost time and a level or two.
        cube = np.stack(np.meshgrid(*[np.arange(0, 256, 15, dtype=np.uint8)] * 3), axis=-1).reshape(1, -1, 3)
        after = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), transform))
        if np.abs(after.astype(np.int16) - cube).max() <= 1:
            return image
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # noqa: S101  # None only where it works in place
    return converted

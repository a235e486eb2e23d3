"""Writing a painting with all that came with its photo, and a record of how it was made. Needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from mlcore.exif_block import kept_exif
from mlcore.image_io import encode_image
from mlcore.photo_file import Photo
from mlcore.photo_formats import image_errors, open_image
from mlcore.provenance import Provenance, from_packet, to_packet

__all__ = ["Provenance", "encode_painting", "read_provenance"]


def encode_painting(painting: Photo, image_format: str, quality: int, provenance: Provenance) -> bytes:
    """Return the bytes of a file of exactly the painting's size; the same bytes for the same arguments.

    Transparency is kept in PNG and WebP; in JPEG it stays laid on white. EXIF is kept, never with the place.

    Args:
        painting: picture, transparency and EXIF.
        image_format: "JPEG", "PNG" or "WEBP".
        quality: 1 to 100; not for PNG.
        provenance: written as XMP, and Easel's name as the software in EXIF.

    Raises:
        ImageError: the format cannot hold a picture of this size.
        ValueError: the transparency has another size than the picture, or an option cannot be written.
    """
    image = painting.image.copy()
    image.info = {}
    if painting.alpha is not None and image_format != "JPEG":
        image = _off_white(image, painting.alpha)
    exif = kept_exif(painting.exif, software=f"Easel {provenance.version}")
    return encode_image(image, image_format, quality, exif=exif, xmp=to_packet(provenance))


def read_provenance(source: Path | BinaryIO | bytes) -> Provenance | None:
    """Return how a painting was made, or ``None`` if the picture carries no such record, or a damaged one.

    Anybody can write such a record: it is a note, not a proof.

    Raises:
        ImageError: there is no such file, or it is no picture, or damaged.
    """
    with image_errors(source), open_image(source) as image:
        packet = image.info.get("xmp")
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    return from_packet(packet) if isinstance(packet, bytes) else None


def _off_white(image: Image.Image, alpha: Image.Image) -> Image.Image:
    """Return RGBA that looks like ``image`` on white: its colours are those of before they were laid on it."""
    if alpha.size != image.size:
        raise ValueError(f"the transparency is {alpha.size}, the picture {image.size}")
    share = np.asarray(alpha, dtype=np.float32)[..., None] / 255  # (H, W, 1), 0 to 1
    laid = np.asarray(image, dtype=np.float32)
    colours = 255 - (255 - laid) / np.maximum(share, 1 / 255)
    layered = Image.fromarray(np.clip(np.rint(colours), 0, 255).astype(np.uint8))
    layered.putalpha(alpha)
    return layered

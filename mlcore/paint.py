"""From a photo and an engine to the painting people asked for. Needs no torch.

In two steps, so that the second can be done again without the first: the master, which is the style at full strength
with the brush asked for, and the finishing (:mod:`mlcore.finishing`), which brings the photo back in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcore.engines.engine import Engine
from mlcore.finishing import finish, is_plain
from mlcore.paint_options import PaintOptions
from mlcore.photo_file import Photo
from mlcore.progress_report import Report, silent
from mlcore.sharp_enlargement import enlarge_sharply

MIN_PAINTED_SIDE = 16
"""A broad brush makes neither side of what the network sees shorter than this, pixels."""

MAX_FINE_PIXELS = 1 << 24
"""A fine brush makes what the network sees no larger than this, 16.8 megapixels."""

BYTES_PER_PIXEL = 12
"""Memory for each pixel painted or delivered, whichever are more, beside the photo's, the engine's and some 30 MB."""

_PIECE_PIXELS = 1 << 17
_FINISHING_COST = 0.08
"""Time of finishing a pixel as a share of the time of painting one, for even progress."""


def paint(engine: Engine, photo: Photo, options: PaintOptions, report: Report = silent) -> Photo:
    """Return ``photo`` painted, at exactly its size, with its transparency and EXIF.

    The photo comes at the size to deliver, ``read_photo(…, longest_side=options.size)``; ``size``, ``format`` and
    ``quality`` are for reading and writing the files and mean nothing here.

    In this order: the engine paints the photo as large as :func:`painted_size` says; a smaller painting is enlarged
    by :mod:`mlcore.sharp_enlargement`, a larger one reduced by Lanczos; :mod:`mlcore.finishing` takes the colours back
    and mixes painting and photo. At strength 0 the result is the photo, and the engine is not asked; at strength 1,
    brush 1 and without ``keep_colors`` it is what the engine made.

    Args:
        engine: the style.
        photo: at the size to deliver, any from 1×1.
        options: see :class:`PaintOptions`.
        report: called with the share done, 0 to 1; what it raises (for instance ``Cancelled``) stops the work.
    """
    report(0.0)
    if options.strength == 0:
        report(1.0)
        return photo
    share = 1.0 if is_plain(options) else 1 - _finishing_share(photo.image.size, options.brush)
    master = paint_master(engine, photo.image, options.brush, lambda done: report(done * share))
    image = finish(
        master,
        photo.image,
        strength=options.strength,
        keep_colors=options.keep_colors,
        report=lambda done: report(share + done * (1 - share)),
    )
    report(1.0)
    return dataclasses.replace(photo, image=image)


def paint_master(engine: Engine, photo: Image.Image, brush: float, report: Report = silent) -> Image.Image:
    """Return ``photo`` painted at full strength in the style's own colours, at exactly its size.

    Args:
        engine: the style.
        photo: RGB, at the size to deliver, any from 1×1.
        brush: width of the strokes, times the usual; see :class:`PaintOptions`.
        report: called with the share done, 0 to 1; what it raises stops the work.
    """
    report(0.0)
    small = painted_size(*photo.size, brush)
    share = 1.0 if small == photo.size else 1 - _finishing_share(photo.size, brush)
    painting = engine.paint(_as_array(photo, small), lambda done: report(done * share))
    if small == photo.size:
        image = Image.fromarray(painting)
    else:
        image = Image.new("RGB", photo.size)
        for top, rows in _pieces(painting, photo.size):
            image.paste(Image.fromarray(rows), (0, top))
            report(share + (top + len(rows)) / photo.height * (1 - share))
    report(1.0)
    return image


def painted_size(width: int, height: int, brush: float) -> tuple[int, int]:
    """Return (width, height) of what the network sees for a painting of ``width`` × ``height``.

    The painting's size divided by ``brush``, the aspect kept to the nearest pixel. A broad brush stops where a side
    would be shorter than :data:`MIN_PAINTED_SIDE`, a fine one at :data:`MAX_FINE_PIXELS`; a painting beyond either
    bound already is painted as it is.
    """
    factor = 1 / brush
    if factor < 1:
        factor = max(factor, min(1.0, MIN_PAINTED_SIDE / min(width, height)))
    else:
        factor = min(factor, max(1.0, (MAX_FINE_PIXELS / (width * height)) ** 0.5))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _as_array(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    # A copy: Pillow's own bytes are read-only, which torch.from_numpy warns of.
    return np.array(image if image.size == size else image.resize(size, Image.Resampling.LANCZOS))


def _finishing_share(size: tuple[int, int], brush: float) -> float:
    """Return the share of the time that passes after the engine has painted."""
    small = painted_size(*size, brush)
    cost = _FINISHING_COST * size[0] * size[1]
    return cost / (small[0] * small[1] + cost)


def _pieces(painting: NDArray[np.uint8], size: tuple[int, int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield first row and rows of the painting at ``size``, from top to bottom."""
    width, height = size
    if painting.shape[0] <= height and painting.shape[1] <= width:
        yield from enlarge_sharply(Image.fromarray(painting), size)
    else:
        large = Image.fromarray(painting)
        step = max(1, _PIECE_PIXELS // width)
        for top in range(0, height, step):
            bottom = min(top + step, height)
            box = (0, top * large.height / height, large.width, bottom * large.height / height)
            yield top, np.asarray(large.resize((width, bottom - top), Image.Resampling.LANCZOS, box=box))

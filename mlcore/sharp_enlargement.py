"""Enlarging a painting so that broad strokes have sharp edges. Needs no torch.

A plain enlargement shows the small picture's blur and its pixel grid. Three ways of borrowing sharpness from the large
photo were tried and looked at. A guided filter (He and Sun 2015) keeps what depends on the photo and loses the rest,
which is the brushwork. A Laplacian pyramid with the photo's fine detail, gated or not, draws fur, whiskers and roof
tiles over the paint. The photo's detail times the guided filter's local gain does so less, but frays edges at 4×.
So the photo is left out and the painting sharpens itself, as coherence-enhancing filtering does (Kyprianidis and Kang
2011): it is smoothed along the strokes, which takes the stairs out of them, and then its lightness is pushed apart
across them, up to the lightest and darkest nearby and never beyond (a shock filter, Osher and Rudin 1990), so that
no outlines appear. The price is that fine things the small painting has lost stay lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mlcore.luma import luma

_PIECE_PIXELS = 1 << 18
_NOISE = 1.0
"""Squared levels of lightness below which a gradient has no direction."""

_Bytes = NDArray[np.uint8]
_Floats = NDArray[np.float32]
_Offsets = NDArray[np.intp]


def enlarge_sharply(painting: Image.Image, size: tuple[int, int]) -> Iterator[tuple[int, _Bytes]]:
    """Yield ``painting`` (RGB) enlarged to ``size`` (width, height), each at least the painting's, piece by piece.

    How it is cut changes a level here and there at most. Beside ``painting`` some 70 bytes for each pixel of one
    piece are taken.

    Yields:
        The piece's first row and its rows, uint8 (rows, width, 3), from top to bottom.
    """
    width, height = size
    scale = max(width / painting.width, height / painting.height)
    walks = tuple(_walks(scale * share, width + 2 * _margin(scale)) for share in (0.5, 1.0))
    rows = max(8 * _reach(scale), _PIECE_PIXELS // width)
    for top in range(0, height, rows):
        yield top, _piece(painting, size, scale, walks, top, min(top + rows, height))


def _reach(scale: float) -> int:
    """Rows beyond its own that a row depends on: the walk along the stroke, then the blur or the nearby extremes."""
    blur = 3 * math.ceil((math.sqrt(scale * scale + 1) - 1) / 2)  # Pillow's Gaussian is three boxes
    return _margin(scale) + max(_radius(scale), blur)


def _margin(scale: float) -> int:
    return math.ceil(scale) + 1


def _radius(scale: float) -> int:
    return max(1, round(scale / 2))


def _piece(
    painting: Image.Image, size: tuple[int, int], scale: float, walks: tuple[_Offsets, ...], top: int, bottom: int
) -> _Bytes:
    width, height = size
    first, last = max(0, top - _reach(scale)), min(height, bottom + _reach(scale))
    # The rows of the small painting below these, and four more on each side for its gradients and their smoothing.
    vertical = painting.height / height
    small_first = max(0, math.floor(first * vertical) - 4)
    small_last = min(painting.height, math.ceil(last * vertical) + 4)
    small = np.asarray(painting.crop((0, small_first, painting.width, small_last)))
    target = (width, last - first)
    box = (0.0, first * vertical - small_first, float(painting.width), last * vertical - small_first)

    lightness = luma(small)
    # Lightness travels as a fourth colour.
    colours = np.dstack((small, _to_bytes(lightness)))
    framed = Image.frombuffer("RGBX", (colours.shape[1], colours.shape[0]), colours, "raw", "RGBX", 0, 1)
    enlarged = np.asarray(framed.resize(target, Image.Resampling.BICUBIC, box=box))
    cosine, sine = (
        np.asarray(Image.fromarray(_to_bytes(field * 127 + 128)).resize(target, Image.Resampling.BILINEAR, box=box))
        for field in _strokes(lightness)
    )
    smooth = _smooth_along(enlarged, cosine, sine, walks, _margin(scale))
    push = _sharpening(np.ascontiguousarray(smooth[..., 3]), scale)
    inner = slice(top - first, bottom - first)
    result = np.empty((bottom - top, width, 3), np.uint8)
    for band in range(3):
        values = smooth[inner, :, band] + push[inner]
        result[..., band] = np.clip(values, 0, 255, out=values)
    return result


def _sharpening(light: _Bytes, scale: float) -> NDArray[np.int16]:
    """Return what to add to lightness, (H, W), so that strokes end abruptly."""
    blurred = np.asarray(Image.fromarray(light).filter(ImageFilter.GaussianBlur(scale / 2)))
    wide = light.astype(np.int16)
    # Up to 2.5 times the difference, in 64ths; below an enlargement of 2 less, since little has been blurred.
    push: NDArray[np.int16] = wide - blurred
    push *= np.int16(round(160 * min(1.0, scale - 1)))
    push >>= 6
    push += wide
    radius = _radius(scale)
    np.clip(push, _extreme(light, radius, np.minimum), _extreme(light, radius, np.maximum), out=push)
    push -= wide
    return push


def _to_bytes(field: _Floats) -> _Bytes:
    return np.asarray(np.clip(field + np.float32(0.5), 0, 255), dtype=np.uint8)


def _strokes(lightness: _Floats) -> tuple[_Floats, _Floats]:
    """Return the direction of the strokes, the angle doubled so that it can be averaged: cosine and sine, (H, W).

    Their length is the structure tensor's anisotropy: 1 in a straight stroke, 0 where there is no direction.
    """
    framed = np.pad(lightness, 1, mode="edge")
    across = framed[1:-1, 2:] - framed[1:-1, :-2]
    down = framed[2:, 1:-1] - framed[:-2, 1:-1]
    # The stroke runs at a right angle to the gradient, which is half a turn of the doubled angle.
    cosine, sine = _averaged(down * down - across * across), _averaged(-2 * across * down)
    energy = _averaged(across * across + down * down) + np.float32(_NOISE)
    return cosine / energy, sine / energy


def _averaged(field: _Floats) -> _Floats:
    """Two averages of 3×3, the edge repeated."""
    for _ in range(2):
        framed = np.pad(field, 1, mode="edge")
        rows = framed[:-2] + framed[1:-1] + framed[2:]
        field = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    return field * np.float32(1 / 81)


def _smooth_along(colours: _Bytes, cosine: _Bytes, sine: _Bytes, walks: tuple[_Offsets, ...], margin: int) -> _Bytes:
    """Average each pixel of (H, W, 4) with two on either side along the stroke."""
    height, width = cosine.shape
    # Four bands are one number to fetch.
    pixels = np.pad(colours.view(np.uint32)[..., 0], margin, mode="edge")
    here = np.arange(margin, margin + height)[:, None] * pixels.shape[1] + np.arange(margin, margin + width)
    pixels = pixels.ravel()
    direction = cosine * np.intp(256)  # of the type that ``take`` wants: converting costs ten times the taking
    direction += sine
    # Weights of a Gaussian of two thirds of the longer walk, out of 256.
    total = colours * np.uint16(82)
    # One buffer each for all four fetches: fresh memory costs more than the arithmetic. Nothing is out of range, but
    # only the mode "clip" writes straight into a buffer.
    offset, there = np.empty_like(here), np.empty_like(here)
    fetched = np.empty((height, width), np.uint32)
    found, weighted = fetched.view(np.uint8).reshape(height, width, 4), np.empty_like(total)
    for walk, weight in zip(walks, (61, 26), strict=True):
        walk.take(direction, out=offset, mode="clip")
        for move in (np.add, np.subtract):
            pixels.take(move(here, offset, out=there), out=fetched, mode="clip")
            total += np.multiply(found, np.uint16(weight), out=weighted)
    total += 128
    total >>= 8
    return total.astype(np.uint8)


def _walks(distance: float, stride: int) -> _Offsets:
    """Return how far apart in memory a pixel and the one ``distance`` along the stroke lie, by cosine · 256 + sine."""
    values = (np.arange(256, dtype=np.float32) - 128) / 127
    cosine, sine = values[:, None], values[None, :]
    length = np.minimum(np.sqrt(cosine * cosine + sine * sine), 1)
    # Half the doubled angle; where strokes have no direction, the walk has no length.
    across = np.sqrt(np.maximum(length * (length + cosine) / 2, 0)) * distance
    down = np.copysign(np.sqrt(np.maximum(length * (length - cosine) / 2, 0)), sine) * distance
    return np.asarray(np.rint(down).astype(np.intp) * stride + np.rint(across).astype(np.intp)).ravel()


def _extreme(field: _Bytes, radius: int, choose: np.ufunc) -> _Bytes:
    """Return the least or greatest value within ``radius`` pixels, nearly a disc: crosses and squares in turn."""
    for turn in range(radius):
        framed = np.pad(field, 1, mode="edge")
        if turn % 2:
            rows = choose(choose(framed[:-2], framed[1:-1]), framed[2:])
            field = choose(choose(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
        else:
            vertical = choose(framed[:-2, 1:-1], framed[2:, 1:-1])
            field = choose(choose(vertical, framed[1:-1, :-2]), choose(framed[1:-1, 2:], field))
    return field

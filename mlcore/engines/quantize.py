"""Deciding whether a style may be painted in int8: quantised on some photos, measured on others. Needs no torch.

Post-training quantisation. What a convolution reads becomes uint8 with a range for each channel; weights become int8
(:mod:`mlcore.engines.openvino_graph`). Normalisations, sums and the last tanh stay float32.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcore.engines.bundled_photos import PhotoSets, bundled_photos
from mlcore.engines.deviation import measure_deviation
from mlcore.engines.engine import Pixels
from mlcore.engines.openvino_engine import OpenVinoEngine, compile_model
from mlcore.engines.openvino_graph import Floats, build_probe
from mlcore.engines.padded_pixels import padded_pixels
from mlcore.engines.quantisation import ActivationRange, Quantisation, Ranges
from mlcore.engines.style_weights import StyleWeights
from mlcore.progress_report import Report, silent

MARGIN = 0.25
"""Added to each range beyond what was seen, as a share of it. Photos unlike those seen are cut off by less, and all
others lose a third of a bit: the worst of 8 photos in *The Great Wave* deviates by 2.3 levels of 255 instead of 4.8,
the others by 0.8 instead of 0.7."""


def quantise(
    weights: StyleWeights, photos: PhotoSets | None = None, *, threads: int | None = None, report: Report = silent
) -> Quantisation:
    """Find the ranges of a style and measure it; seconds.

    Args:
        weights: the style.
        photos: to find the ranges with and to measure on; ``None`` for those that come with Easel.
        threads: how many to compute with; ``None`` for one a core.
        report: called with the share done; what it raises stops the work.

    Raises:
        OutOfMemory: there is not enough.
    """
    photos = photos or bundled_photos()
    ranges = find_ranges(weights, photos.calibration, threads=threads, report=lambda share: report(share / 2))
    float32, int8 = (OpenVinoEngine(weights, threads=threads), OpenVinoEngine(weights, ranges, threads=threads))
    deviation = measure_deviation(float32, int8, photos.measuring, lambda share: report(0.5 + share / 2))
    return Quantisation(ranges, deviation)


def find_ranges(
    weights: StyleWeights, photos: Sequence[Pixels], *, threads: int | None = None, report: Report = silent
) -> Ranges:
    """Return the smallest and largest value of each channel that each convolution reads, with a margin.

    Args:
        photos: RGB, (H, W, 3), at least one.
    """
    model, names = build_probe(weights)
    probe = compile_model(model, threads)
    seen: list[list[Floats]] = []
    for index, photo in enumerate(photos):
        report(index / len(photos))
        results = probe(np.ascontiguousarray(padded_pixels(photo, 4))[None])
        seen.append([results[output].reshape(-1).copy() for output in range(2 * len(names))])
    report(1.0)
    return {
        name: _widened(
            np.min([ends[2 * index] for ends in seen], axis=0), np.max([ends[2 * index + 1] for ends in seen], axis=0)
        )
        for index, name in enumerate(names)
    }


def _widened(low: Floats, high: Floats) -> ActivationRange:
    margin = np.float32(MARGIN) * (high - low)
    # What a ReLU made has no values below 0.
    low = np.where(low < 0, low - margin, 0).astype(np.float32)
    # A channel that is always the same gets a small range too, since a range of 0 cannot be divided.
    high = np.maximum(high + margin, low + np.float32(1e-3) * max(float((high - low).max()), 1e-6))
    return ActivationRange(low, high.astype(np.float32))

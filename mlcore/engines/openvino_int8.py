"""Opening OpenVINO in int8, for styles that keep their looks in it. Needs no torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlcore.engines.bundled_photos import PhotoSets
from mlcore.engines.disk_cache import QuantisationCache
from mlcore.engines.openvino_engine import OpenVinoEngine
from mlcore.engines.quantisation import ActivationRange, Quantisation
from mlcore.engines.quantize import quantise
from mlcore.engines.style_weights import StyleWeights
from mlcore.progress_report import Report, silent


def open_int8(
    weights: StyleWeights,
    cache: Path | None = None,
    *,
    threads: int | None = None,
    photos: PhotoSets | None = None,
    report: Report = silent,
) -> OpenVinoEngine:
    """Return the engine in int8, with its ``deviation``; the first time on a machine that takes some seconds.

    Args:
        weights: the style.
        cache: folder where quantisations are kept; ``None`` to quantise every time.
        threads: how many to compute with; ``None`` for one a core.
        photos: to quantise with and to measure on; ``None`` for those that come with Easel. Styles in the cache stay as
            they are.
        report: called with the share done of quantising; what it raises stops it.

    Raises:
        EngineUnavailable: int8 deviates too far from float32 for this style.
        OutOfMemory: there is not enough for quantising.
    """

    def find() -> Quantisation:
        return quantise(weights, photos, threads=threads, report=report)

    found = QuantisationCache(cache / "quantised").get(weights.sha256, find, report) if cache else find()
    found.check()
    return OpenVinoEngine(weights, found, threads=threads)


def open_int8_untuned(weights: StyleWeights, *, threads: int | None = None) -> OpenVinoEngine:
    """Return an engine that takes as long as that of :func:`open_int8` and paints nonsense, to time it by."""
    convolutions = (name.removesuffix(".weight") for name, array in weights.arrays.items() if array.ndim == 4)
    channels = {name: weights[f"{name}.weight"].shape[1] for name in convolutions}
    ranges = {
        name: ActivationRange(np.zeros(count, np.float32), np.ones(count, np.float32))
        for name, count in channels.items()
    }
    return OpenVinoEngine(weights, ranges, threads=threads)

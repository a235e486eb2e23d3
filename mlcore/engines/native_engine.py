"""Painting in float32 with kernels compiled for this machine's processor. Needs no torch.

Where the processor converts while it loads, maps and weights are kept in half precision.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlcore.engines.engine import Pixels
from mlcore.engines.native_layers import Activation, Advance, NativeLayers, Resize
from mlcore.engines.native_library import load_library
from mlcore.engines.native_weights import Kept, pack_weights
from mlcore.engines.padded_pixels import padded_pixels
from mlcore.engines.style_weights import RESIDUAL_BLOCKS, StyleWeights
from mlcore.engines.thread_team import available_cores
from mlcore.engines.workshop import shared_workshop
from mlcore.errors import OutOfMemory
from mlcore.progress_report import Report, silent

_MULTIPLE = 4
NUMBERS_PER_PIXEL = 60
"""Memory for the outputs of conv1 to conv3, which later layers use again."""
_BYTES_AROUND = 40
"""For each pixel, of the photo, the painting and whoever reads and writes their files."""

# How long each layer takes, in relation.
_SHARES = {"conv1": 2, "conv2": 2, "conv3": 2, "residual": 1.3, "conv4": 2, "conv5": 2, "conv_out": 2.5}


class NativeEngine:
    """One style. Engines of a process share threads and memory; photos that come together are painted in turn.

    Args:
        weights: the style.
        cache: folder of this user alone for the compiled kernels.
        threads: how many to compute with; ``None`` for as many as there are cores. Workers side by side share them.

    Raises:
        EngineUnavailable: the kernels cannot be compiled on this machine.
    """

    name = "native"
    precision = "float32"

    def __init__(self, weights: StyleWeights, cache: Path, *, threads: int | None = None) -> None:
        library = load_library(cache)
        kind = np.dtype(f"f{library.bytes_kept()}")
        self._weights = pack_weights(weights, library.channels_at_a_time(), kind)
        self._workshop = shared_workshop(threads or available_cores(), kind)
        self._layers = NativeLayers(library, self._workshop.team)
        self.bytes_per_pixel = NUMBERS_PER_PIXEL * kind.itemsize + _BYTES_AROUND
        """Memory for each pixel of a photo, with what is around this engine."""

    def paint(self, photo: Pixels, report: Report = silent) -> Pixels:
        """Return ``photo`` painted, at the same size; see :class:`mlcore.engines.engine.Engine`.

        Raises:
            OutOfMemory: :data:`NUMBERS_PER_PIXEL` for each pixel are more than there is.
        """
        height, width = photo.shape[:2]
        padded = np.ascontiguousarray(padded_pixels(photo, _MULTIPLE))
        with self._workshop:
            try:
                painting = self._paint(padded, _Progress(report))
            except MemoryError as error:
                megabytes = width * height * self.bytes_per_pixel / 2**20
                raise OutOfMemory(
                    f"Painting {width}×{height} pixels takes about {megabytes:,.0f} MB, more than there is. Choose a "
                    "smaller size."
                ) from error
        report(1.0)
        return painting[:height, :width]

    def _paint(self, photo: Pixels, progress: _Progress) -> Pixels:
        height, width = photo.shape[:2]
        x = self._encode(photo, progress)
        x, skipped = self._transform(x, progress)
        x = self._decode(x, skipped, progress)
        painting = np.empty((height, width, 3), np.uint8)
        weights = self._weights
        self._layers.painting(
            *(x, weights.kernels["conv_out"], weights.bias, weights.output == "linear", painting),
            progress.layer("conv_out"),
        )
        return painting

    def _encode(self, photo: Pixels, progress: _Progress) -> Activation:
        height, width = photo.shape[:2]
        kernels, norms = self._weights.kernels, self._weights.norms
        full, half, quarter = (
            self._workshop.map("full", height, width, 32),
            self._workshop.map("half", height // 2, width // 2, 64),
            self._workshop.map("quarter", height // 4, width // 4, 128),
        )
        x = self._layers.photo(photo, kernels["conv1"], norms["in1"], full, progress.layer("conv1"))
        for index, out in ((2, half), (3, quarter)):
            name = f"conv{index}"
            x = self._layers.convolved(
                x, kernels[name], norms[f"in{index}"], out, progress.layer(name), resize=Resize.HALVE
            )
        return x

    def _transform(self, x: Activation, progress: _Progress) -> tuple[Activation, Kept]:
        """Return the last block's convolution and what its skip connection adds to it."""
        height, width, channels = x.values.shape
        # In the memory of conv1's output, which is not needed any more.
        middle, output, *sums = self._workshop.maps("full", 4, height, width, channels)
        skipped: Kept | None = None
        for block in range(RESIDUAL_BLOCKS):
            # The sum before is formed while it is read, and kept: in another array, for neighbours still read the old.
            keep = sums[block % 2]
            for index, before, after in ((1, x, middle), (2, None, output)):
                name = f"res_blocks.{block}.conv{index}"
                x = self._layers.convolved(
                    before or x,
                    self._weights.kernels[name],
                    self._weights.norms[f"res_blocks.{block}.in{index}"],
                    after,
                    progress.layer("residual"),
                    skipped=skipped if index == 1 else None,
                    keep=keep if index == 1 else None,
                )
            skipped = keep
        assert skipped is not None  # noqa: S101  # there is a block
        return x, skipped

    def _decode(self, x: Activation, skipped: Kept, progress: _Progress) -> Activation:
        height, width, _ = x.values.shape
        half, full = (
            self._workshop.map("half", 2 * height, 2 * width, 64),
            self._workshop.map("full", 4 * height, 4 * width, 32),
        )
        kernels, norms = self._weights.kernels, self._weights.norms
        x = self._layers.convolved(
            x, kernels["conv4"], norms["in4"], half, progress.layer("conv4"), skipped=skipped, resize=Resize.ENLARGE
        )
        return self._layers.convolved(
            x, kernels["conv5"], norms["in5"], full, progress.layer("conv5"), resize=Resize.ENLARGE
        )


class _Progress:
    """Turns the shares of layers into one."""

    def __init__(self, report: Report) -> None:
        self._report, self._before = report, 0.0
        self._total = sum(_SHARES.values()) + (2 * RESIDUAL_BLOCKS - 1) * _SHARES["residual"]

    def layer(self, name: str) -> Advance:
        """Return what hears the share of the next layer that is done."""
        start, share = self._before, _SHARES[name]
        self._before += share

        def advance(done: float) -> None:
            self._report(min(1.0, (start + share * done) / self._total))

        return advance

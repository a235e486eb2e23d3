"""Whether an exported file paints what PyTorch paints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mlcore.engines.deviation import Deviation as PhotoDeviation
from mlcore.errors import ExportError
from mlcore.image_tensor import image_to_tensor
from mlcore.sample_scene import sample_scene
from mlcore.stylize import stylize_tensor
from mlcore.transformer_network import TransformerNetwork

Model = Callable[[Tensor], Tensor]
"""Maps RGB in [0, 1], float32 (N, 3, H, W) on the CPU, to the same shape and range."""

SHAPES = ((1, 192, 256), (1, 131, 257), (2, 160, 96), (2, 62, 33))
"""Batch, height, width: wide, odd in both, tall and slim; two differ from each other in batch alone."""
TOLERANCE = 1e-3
"""Largest difference allowed at any value, range 0 to 1: a quarter of a level of 255."""


@dataclass(frozen=True)
class Deviation:
    """How far the file is from PyTorch at one shape, range 0 to 1; infinite where the shapes differ."""

    batch: int
    height: int
    width: int
    largest: float
    mean: float


@dataclass(frozen=True)
class Agreement:
    """How far a file is from PyTorch."""

    deviations: list[Deviation]
    """Of a landscape at each of :data:`SHAPES`."""
    on_photos: PhotoDeviation | None = None
    """Measured in levels of 255 for int8 alone."""


class Disagreement(ExportError):
    """The exported network paints something else than PyTorch; ``agreement`` has the numbers."""

    code = "export_deviates"

    def __init__(self, detail: str, agreement: Agreement, *, code: str | None = None) -> None:
        super().__init__(f"{detail} Nothing was kept.", code=code)
        self.agreement = agreement


def check_agreement(model: Model, network: TransformerNetwork) -> Agreement:
    """Paint a landscape at every shape with both and return how far they are apart.

    Raises:
        Disagreement: further than :data:`TOLERANCE` somewhere.
    """
    deviations = deviations_at_shapes(model, network)
    # Not "> TOLERANCE": NaN must fail too.
    if not all(one.largest <= TOLERANCE for one in deviations):
        worst = max(deviations, key=lambda one: (one.largest != one.largest, one.largest))
        raise Disagreement(
            f"The exported file paints something else than PyTorch: it differs by {worst.largest:.2g} at "
            f"{worst.width}×{worst.height} pixels, batch {worst.batch}, and {TOLERANCE:g} is allowed.",
            Agreement(deviations),
        )
    return Agreement(deviations)


def deviations_at_shapes(model: Model, network: TransformerNetwork) -> list[Deviation]:
    """Paint a landscape at each of :data:`SHAPES` with both and return how far they are apart."""
    return [_deviation(model, network, _photos(*shape)) for shape in SHAPES]


def _photos(batch: int, height: int, width: int) -> Tensor:
    """Return the landscape reduced to (batch, 3, height, width); every second one is a mirror image."""
    photo = image_to_tensor(sample_scene().resize((width, height)))
    return torch.cat([photo.flip(3) if index % 2 else photo for index in range(batch)]).contiguous()


def _deviation(model: Model, network: TransformerNetwork, photos: Tensor) -> Deviation:
    batch, _, height, width = photos.shape
    wanted, painted = stylize_tensor(network, photos), model(photos)
    if painted.shape != wanted.shape:
        return Deviation(batch, height, width, float("inf"), float("inf"))
    difference = (painted - wanted).abs()
    return Deviation(batch, height, width, difference.max().item(), difference.mean().item())

"""Whether an int8 file is near enough to what PyTorch paints in float32."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from mlcore.engines.deviation import MAX_MEAN_ABSOLUTE_ERROR, MIN_SSIM, deviation_of
from mlcore.engines.deviation import Deviation as PhotoDeviation
from mlcore.engines.engine import Pixels
from mlcore.engines.padded_pixels import padded_pixels
from mlcore.export.agreement import Agreement, Disagreement, Model, deviations_at_shapes
from mlcore.stylize import stylize_tensor
from mlcore.transformer_network import TransformerNetwork


class Int8Check:
    """Compares models with one network; it paints the photos once.

    Args:
        network: float32, on the CPU, in eval mode.
        photos: RGB, (H, W, 3) each; none that ranges were found with.
    """

    def __init__(self, network: TransformerNetwork, photos: Sequence[Pixels]) -> None:
        self._photos = [_as_tensor(padded_pixels(photo)) for photo in photos]
        self._wanted = [_as_pixels(stylize_tensor(network, photo)) for photo in self._photos]

    def on_photos(self, model: Model) -> PhotoDeviation:
        """Return how far the model's paintings are from PyTorch's, both rounded to bytes."""
        painted = [_as_pixels(model(photo)) for photo in self._photos]
        return deviation_of(list(zip(self._wanted, painted, strict=True)))

    def check(self, model: Model, network: TransformerNetwork) -> Agreement:
        """Return how far the model is from ``network`` at every shape and on the photos.

        At a shape the mean alone decides: one pixel out of place, or one photo of a batch, moves it beyond the limit,
        and rounding in a landscape does not.

        Raises:
            Disagreement: further than paintings may be in int8.
        """
        deviations = deviations_at_shapes(model, network)
        # Photos cannot be compared with paintings of another size, nor with NaN.
        paints = all(math.isfinite(one.mean) for one in deviations)
        on_photos = self.on_photos(model) if paints else None
        agreement = Agreement(deviations, on_photos)
        if on_photos is not None and not on_photos.is_small:
            raise Disagreement(
                f"int8 deviates too far from float32 for this style: {on_photos}. Allowed are "
                f"{MAX_MEAN_ABSOLUTE_ERROR:g}/255 and SSIM {MIN_SSIM:g}: leave --int8 out.",
                agreement,
                code="int8_deviates",
            )
        # Not "> MAX_MEAN_ABSOLUTE_ERROR": NaN must fail too.
        if not all(one.mean * 255 <= MAX_MEAN_ABSOLUTE_ERROR for one in deviations):
            worst = max(deviations, key=lambda one: (one.mean != one.mean, one.mean))
            raise Disagreement(
                f"The int8 file paints something else than PyTorch: it differs by {worst.mean * 255:.1f}/255 on "
                f"average at {worst.width}×{worst.height} pixels, batch {worst.batch}, and "
                f"{MAX_MEAN_ABSOLUTE_ERROR:g}/255 are allowed: leave --int8 out.",
                agreement,
                code="int8_deviates",
            )
        return agreement


def _as_tensor(photo: Pixels) -> Tensor:
    return torch.tensor(photo).permute(2, 0, 1)[None].float().div_(255).contiguous()


def _as_pixels(painting: Tensor) -> Pixels:
    levels = painting[0].permute(1, 2, 0).clamp(0, 1).mul(255).round()
    pixels: Pixels = levels.to(torch.uint8).numpy()
    return pixels

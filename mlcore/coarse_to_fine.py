"""Optimisation at half the size first, then at the full one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from torch import Tensor
from torch.nn import functional as F

from mlcore.losses import StyleTransferLoss
from mlcore.optimize import Evaluation, Start, optimize

COARSE_SHARE = 2 / 3
"""Share of the evaluations at half the size."""

_MIN_SIDE = 64


def coarse_to_fine(
    loss: StyleTransferLoss,
    style_image: Tensor,
    photo: Tensor,
    *,
    evaluations: int,
    start: Start = "photo",
    seed: int = 0,
    coarse_share: float = COARSE_SHARE,
) -> Iterator[tuple[float, Evaluation]]:
    """Paint as :func:`optimize` does, most evaluations at half the size, where each costs a quarter.

    The loss network sees twice as far at half the size, so large forms come out better, and the full size starts from
    a picture that is nearly right (Gatys et al., CVPR 2017, section 6). Yields the share of the work that is done, 0
    to 1, and the evaluation; its picture has the photo's size from the first on, while losses and objective are of the
    size worked at and start anew at the full one.

    Args:
        loss: any style image it has is replaced.
        style_image: RGB in [0, 1], (1, 3, h, w), at least 16×16.
        photo: RGB in [0, 1], (1, 3, H, W), at least 16×16, on the device of the loss network. If it or the style
            image has a side below 64, there is only the full size.
        evaluations: at least 1, both sizes together.
        start: uniform noise or the photo.
        seed: fixes the noise.
        coarse_share: of the evaluations, from 0 to below 1; 0 leaves only the full size.

    Raises:
        TrainingError: as :func:`optimize`.
    """
    both_large = min(*photo.shape[-2:], *style_image.shape[-2:]) >= _MIN_SIDE
    coarse = int(evaluations * coarse_share) if both_large else 0
    fine = evaluations - coarse
    work = coarse / 4 + fine
    enlarged: Tensor | None = None
    if coarse:
        loss.set_style_image(_half(style_image))
        for step in optimize(loss, _half(photo), evaluations=coarse, start=start, seed=seed):
            enlarged = F.interpolate(step.picture, photo.shape[-2:], mode="bicubic").clamp(0, 1)
            yield (
                step.number / 4 / work,
                dataclasses.replace(step, evaluations=evaluations, picture=enlarged),
            )
    loss.set_style_image(style_image)
    first = start if enlarged is None else enlarged
    for step in optimize(loss, photo, evaluations=fine, start=first, seed=seed):
        yield (
            (coarse / 4 + step.number) / work,
            dataclasses.replace(step, number=coarse + step.number, evaluations=evaluations),
        )


def _half(image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    return F.interpolate(image, (height // 2, width // 2), mode="bilinear", antialias=True)

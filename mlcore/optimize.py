"""Style transfer by optimising pixels (Gatys et al., CVPR 2016): minutes a photo, no training, the best quality."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from mlcore.errors import TrainingError
from mlcore.losses import CONTENT_LAYER, LossTerms, StyleTransferLoss, style_distance, total_variation_loss
from mlcore.projected_lbfgs import projected_lbfgs
from mlcore.training_events import LossValues

Start = Literal["noise", "photo"]


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of the objective and its gradient, counted from 1."""

    number: int
    evaluations: int
    """How many there will be, at most."""
    losses: LossValues
    """Of the picture that was evaluated, weighted."""
    objective: float
    """The lowest total so far."""
    picture: Tensor
    """The picture of that total: RGB in [0, 1], (1, 3, H, W); later evaluations do not change it."""


class Objective:
    """What :class:`StyleTransferLoss` says of pictures of one photo; the photo's own activations are computed once.

    Args:
        loss: with its style image set.
        photo: RGB in [0, 1], (1, 3, H, W), at least 16×16.
    """

    def __init__(self, loss: StyleTransferLoss, photo: Tensor) -> None:
        if not loss.style_grams:
            raise TrainingError("No style image is set: call set_style_image(image) before optimising a picture.")
        self._loss = loss
        with torch.no_grad():
            self._target = loss.loss_network(photo, last=CONTENT_LAYER)[CONTENT_LAYER]

    def __call__(self, picture: Tensor) -> LossTerms:
        """Return the weighted terms of ``picture``, with gradient; the shape and range of the photo."""
        loss = self._loss
        activations = loss.loss_network(picture)
        content = loss.content_weight * F.mse_loss(activations[CONTENT_LAYER], self._target)
        style = loss.style_weight * style_distance(activations, loss.style_grams).mean()
        tv = loss.tv_weight * total_variation_loss(picture)
        return LossTerms(content + style + tv, content, style, tv)

    def with_gradient(self, picture: Tensor) -> tuple[LossValues, Tensor]:
        """Return the weighted terms as numbers and the gradient of the total, which is inf if not all is finite."""
        with torch.enable_grad():
            leaf = picture.detach().requires_grad_(True)
            terms = self(leaf)
            (gradient,) = torch.autograd.grad(terms.total, leaf)
        values = LossValues(*(term.item() for term in terms))
        if not (math.isfinite(values.total) and bool(gradient.isfinite().all())):
            values = values._replace(total=math.inf)
        return values, gradient


def optimize(
    loss: StyleTransferLoss,
    photo: Tensor,
    *,
    evaluations: int,
    start: Start | Tensor = "noise",
    seed: int = 0,
) -> Iterator[Evaluation]:
    """Paint one photo by L-BFGS on its pixels, kept in [0, 1]; yields every evaluation, the last has the picture.

    There are exactly ``evaluations``, fewer only if before that no step lowers the objective any more. The caller may
    stop at any time and keep the picture of the last one.

    Args:
        loss: the objective, with its style image set.
        photo: RGB in [0, 1], (1, 3, H, W), at least 16×16, on the device of the loss network.
        evaluations: at least 1; each takes a pass through the loss network and back.
        start: uniform noise, the photo, or a picture of the photo's shape.
        seed: fixes the noise.

    Raises:
        TrainingError: the objective of the first picture is not finite, or no style image is set.
        ValueError: ``evaluations`` or the shape of ``start`` is wrong.
    """
    if evaluations < 1:
        raise ValueError(f"evaluations must be at least 1, not {evaluations}")
    objective = Objective(loss, photo)
    points = projected_lbfgs(_first_picture(photo, start, seed))
    point = next(points)
    best, picture = math.inf, point
    for number in range(1, evaluations + 1):
        losses, gradient = objective.with_gradient(point)
        if number == 1 and losses.total == math.inf:
            raise TrainingError(
                "The objective or its gradient is not finite: lower --content-weight, --style-weight or --tv-weight, "
                "or check that --loss-weights fit --loss-network."
            )
        if losses.total < best:
            best, picture = losses.total, point
        yield Evaluation(number, evaluations, losses, best, picture)
        try:
            point = points.send((losses.total, gradient))
        except StopIteration:
            return


def _first_picture(photo: Tensor, start: Start | Tensor, seed: int) -> Tensor:
    if isinstance(start, Tensor):
        if start.shape != photo.shape:
            raise ValueError(f"start has shape {tuple(start.shape)}, the photo {tuple(photo.shape)}")
        return start.detach().to(photo.device).clamp(0, 1)
    if start == "photo":
        return photo.detach().clone(memory_format=torch.contiguous_format)
    # On the CPU, so that a seed means the same picture everywhere.
    return torch.rand(photo.shape, generator=torch.Generator().manual_seed(seed)).to(photo.device)

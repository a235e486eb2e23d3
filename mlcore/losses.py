"""Perceptual losses of Johnson et al. (ECCV 2016), section 3.2."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mlcore.errors import TrainingError
from mlcore.vgg_features import LAYERS, VGGFeatures, load_loss_network

CONTENT_LAYER = "relu2_2"
STYLE_LAYERS = LAYERS


class LossTerms(NamedTuple):
    """Weighted losses of one batch, scalars; ``total`` is the sum of the other three."""

    total: Tensor
    content: Tensor
    style: Tensor
    tv: Tensor


def gram_matrix(features: Tensor) -> Tensor:
    """Return ``F Fᵀ / (C·H·W)`` for each item, equation 3 of the paper.

    Args:
        features: (B, C, H, W).

    Returns:
        (B, C, C), symmetric and positive semi-definite.
    """
    flat = features.flatten(2)
    gram: Tensor = _OuterProduct.apply(flat)
    return gram / flat[0].numel()


class _OuterProduct(torch.autograd.Function):
    """``F Fᵀ`` of (B, C, N). Autograd would treat the two factors as different and multiply twice in the backward pass;

    as they are the same, the gradient is the one product ``(G + Gᵀ) F``.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor) -> Tensor:
        ctx.save_for_backward(flat)
        return torch.bmm(flat, flat.transpose(1, 2))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        return torch.bmm(grad + grad.transpose(1, 2), flat)


def total_variation_loss(images: Tensor) -> Tensor:
    """Return the sum of squared differences between neighbouring pixels over (B·H·W), for images (B, C, H, W)."""
    batch, _, height, width = images.shape
    vertical = (images[:, :, 1:, :] - images[:, :, :-1, :]).square().sum()
    horizontal = (images[:, :, :, 1:] - images[:, :, :, :-1]).square().sum()
    return (vertical + horizontal) / (batch * height * width)


def style_distance(features: dict[str, Tensor], style_grams: dict[str, Tensor]) -> Tensor:
    """Return the sum over the style layers of the Gram matrices' mean squared error, one value an item: (B,).

    ``style_grams`` are (1, C, C), as :meth:`StyleTransferLoss.set_style_image` caches them.
    """
    per_layer = [
        (gram_matrix(features[layer]) - style_grams[layer].to(features[layer].device)).square().mean(dim=(1, 2))
        for layer in STYLE_LAYERS
    ]
    return torch.stack(per_layer).sum(dim=0)


def saturation_penalty(pre_activation: Tensor, limit: float = 2.0) -> Tensor:
    """Return ``mean(relu(|z| − limit)²)`` of the values z before the final tanh, a scalar ≥ 0.

    Not in the paper. Beyond |z| = 2 tanh is within 4% of its end and its gradient nearly gone, so an area that drifts
    there stays a flat white or black blob; this pulls it back.
    """
    return F.relu(pre_activation.abs() - limit).square().mean()


class StyleTransferLoss(nn.Module):
    """Content, style and total variation loss against one style image, whose Gram matrices are computed once.

    Args:
        content_weight: factor of the content loss, the mean squared error at relu2_2.
        style_weight: factor of the style loss, Gram errors summed over the four layers.
        tv_weight: factor of the total variation loss.
        loss_network: a frozen :class:`VGGFeatures`; ``None`` loads VGG19 with torchvision's weights.
    """

    def __init__(
        self,
        content_weight: float = 1.0,
        style_weight: float = 1e6,
        tv_weight: float = 1e-6,
        loss_network: VGGFeatures | None = None,
    ) -> None:
        super().__init__()
        self.content_weight = content_weight
        self.style_weight = style_weight
        self.tv_weight = tv_weight
        self.loss_network = loss_network if loss_network is not None else load_loss_network()
        self.style_grams: dict[str, Tensor] = {}

    @torch.no_grad()
    def set_style_image(self, style_image: Tensor) -> None:
        """Cache the Gram matrices of ``style_image``: RGB in [0, 1], (3, H, W) or (1, 3, H, W)."""
        if style_image.dim() == 3:
            style_image = style_image.unsqueeze(0)
        activations = self.loss_network(style_image.to(self.loss_network.mean.device))
        self.style_grams = {layer: gram_matrix(activations[layer]) for layer in STYLE_LAYERS}

    def forward(self, stylized: Tensor, content: Tensor) -> LossTerms:
        """Return ``(total, content, style, tv)``, each weighted, for a batch and the photos it was painted from.

        Args:
            stylized: RGB in [0, 1], (B, 3, H, W), with gradient.
            content: the photos, RGB in [0, 1], the same shape.

        Raises:
            TrainingError: :meth:`set_style_image` was not called.
        """
        if not self.style_grams:
            raise TrainingError("No style image is set: call set_style_image(image) before computing losses.")
        with torch.no_grad():
            target = self.loss_network(content, last=CONTENT_LAYER)[CONTENT_LAYER]
        activations = self.loss_network(stylized)
        content_loss = self.content_weight * F.mse_loss(activations[CONTENT_LAYER], target)
        style_loss = self.style_weight * style_distance(activations, self.style_grams).mean()
        tv_loss = self.tv_weight * total_variation_loss(stylized)
        return LossTerms(content_loss + style_loss + tv_loss, content_loss, style_loss, tv_loss)

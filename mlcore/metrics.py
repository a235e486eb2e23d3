"""How good a style is, in numbers: how close to the painting's style, how much of the photo is kept, how many blobs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from mlcore.errors import ConfigError
from mlcore.losses import CONTENT_LAYER, StyleTransferLoss, style_distance, total_variation_loss

SSIM_WINDOW = 11
SSIM_SIGMA = 1.5
SATURATED = 0.982
"""(tanh(2) + 1) / 2: beyond it, and below 1 minus it, the network's last tanh has next to no gradient left."""


@dataclass(frozen=True)
class PhotoMetrics:
    """Measures of one photo and its painting, both RGB in [0, 1]; terms are unweighted unless their name says so."""

    photo: str
    content_loss: float
    """Mean squared error at relu2_2, ≥ 0."""
    style_distance: float
    """Style loss of the painting: Gram mean squared errors summed over the four layers, ≥ 0."""
    photo_style_distance: float
    """The same of the photo itself, what the painting is measured against."""
    tv_loss: float
    """Squared differences of neighbouring pixels over (B·H·W), ≥ 0."""
    weighted_content: float
    """Content loss times its weight in the objective, as the next two."""
    weighted_style: float
    weighted_tv: float
    objective: float
    """The sum of the three, what training and :mod:`mlcore.optimize` minimise."""
    ssim: float
    """Structural similarity of painting and photo, −1 to 1."""
    saturated: float
    """Share of the painting's pixels with all three channels at an end of the range, 0 to 1; blobs show here."""
    photo_saturated: float
    """The same of the photo."""

    @property
    def style_ratio(self) -> float:
        """The painting's style distance as a share of the photo's own."""
        return self.style_distance / self.photo_style_distance


@dataclass(frozen=True)
class Summary:
    """Means over the photos; ``style_ratio`` is the ratio of the mean distances, not the mean of the ratios."""

    photos: int
    content_loss: float
    style_distance: float
    photo_style_distance: float
    style_ratio: float
    tv_loss: float
    weighted_content: float
    weighted_style: float
    weighted_tv: float
    objective: float
    ssim: float
    ssim_lowest: float
    saturated: float
    saturated_highest: float
    photo_saturated: float


@torch.inference_mode()
def measure_photo(loss: StyleTransferLoss, name: str, photo: Tensor, painting: Tensor) -> PhotoMetrics:
    """Measure one painting against its photo and the style image that ``loss`` holds.

    Args:
        loss: with :meth:`StyleTransferLoss.set_style_image` called; its weights are those of the objective.
        name: the photo's name, kept in the result.
        photo: RGB in [0, 1], (1, 3, H, W), at least 16×16, on the device of the loss network.
        painting: the same shape and range.
    """
    of_photo, of_painting = loss.loss_network(photo), loss.loss_network(painting)
    content = F.mse_loss(of_painting[CONTENT_LAYER], of_photo[CONTENT_LAYER]).item()
    style = style_distance(of_painting, loss.style_grams).item()
    tv = total_variation_loss(painting).item()
    weighted = (loss.content_weight * content, loss.style_weight * style, loss.tv_weight * tv)
    return PhotoMetrics(
        photo=name,
        content_loss=content,
        style_distance=style,
        photo_style_distance=style_distance(of_photo, loss.style_grams).item(),
        tv_loss=tv,
        weighted_content=weighted[0],
        weighted_style=weighted[1],
        weighted_tv=weighted[2],
        objective=sum(weighted),
        ssim=ssim(painting, photo).item(),
        saturated=saturated_share(painting).item(),
        photo_saturated=saturated_share(photo).item(),
    )


def summarise(measured: Sequence[PhotoMetrics]) -> Summary:
    """Return the means over at least one photo.

    Raises:
        ConfigError: there is no photo.
    """
    if not measured:
        raise ConfigError("There is nothing to sum up: no photo could be measured.")

    def mean(name: str) -> float:
        return statistics.fmean(getattr(one, name) for one in measured)

    return Summary(
        photos=len(measured),
        content_loss=mean("content_loss"),
        style_distance=mean("style_distance"),
        photo_style_distance=mean("photo_style_distance"),
        style_ratio=mean("style_distance") / mean("photo_style_distance"),
        tv_loss=mean("tv_loss"),
        weighted_content=mean("weighted_content"),
        weighted_style=mean("weighted_style"),
        weighted_tv=mean("weighted_tv"),
        objective=mean("objective"),
        ssim=mean("ssim"),
        ssim_lowest=min(one.ssim for one in measured),
        saturated=mean("saturated"),
        saturated_highest=max(one.saturated for one in measured),
        photo_saturated=mean("photo_saturated"),
    )


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Return the structural similarity of Wang et al. (IEEE TIP 2004), one value an item: (B,).

    11×11 Gaussian window of σ = 1.5, K1 = 0.01, K2 = 0.03, dynamic range 1, only where the window fits entirely;
    computed on each of the channels and averaged (the paper has luminance only).

    Args:
        a: in [0, 1], shape (B, C, H, W), H and W at least 11.
        b: the same shape and range.

    Raises:
        ValueError: shapes that differ or are too small.
    """
    if a.shape != b.shape or a.dim() != 4 or min(a.shape[-2:]) < SSIM_WINDOW:
        raise ValueError(
            f"ssim needs two images of one shape (B, C, H, W), at least {SSIM_WINDOW} pixels a side, "
            f"not {tuple(a.shape)} and {tuple(b.shape)}"
        )
    # Variances are differences of nearly equal numbers in flat areas; float32 loses them there.
    if a.device.type == "mps":  # Apple's GPUs have no float64
        a, b = a.cpu(), b.cpu()
    a, b = a.double(), b.double()
    window = _gaussian_window(a)
    c1, c2 = 0.01**2, 0.03**2
    mean_a, mean_b = _local_mean(a, window), _local_mean(b, window)
    var_a = _local_mean(a * a, window) - mean_a**2
    var_b = _local_mean(b * b, window) - mean_b**2
    covariance = _local_mean(a * b, window) - mean_a * mean_b
    similarity = ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    )
    return similarity.mean(dim=(1, 2, 3))


def _gaussian_window(like: Tensor) -> Tensor:
    offsets = torch.arange(SSIM_WINDOW, dtype=like.dtype, device=like.device) - SSIM_WINDOW // 2
    weights = torch.exp(-offsets.square() / (2 * SSIM_SIGMA**2))
    return weights / weights.sum()


def _local_mean(images: Tensor, window: Tensor) -> Tensor:
    """Filter every channel by itself; the window is separable, so rows and columns one after the other."""
    batch, channels, height, width = images.shape
    flat = images.reshape(batch * channels, 1, height, width)
    flat = F.conv2d(F.conv2d(flat, window.view(1, 1, -1, 1)), window.view(1, 1, 1, -1))
    return flat.reshape(batch, channels, *flat.shape[-2:])


def saturated_share(images: Tensor) -> Tensor:
    """Return the share of pixels whose three channels are all at an end of the range, one value an item: (B,).

    An end is 1.8% of the range: ≤ 0.018 or ≥ 0.982. That finds white and black blobs and those of pure yellow,
    cyan or red alike; paint of ordinary colours has at least one channel in between.

    Args:
        images: RGB in [0, 1], (B, 3, H, W).
    """
    at_an_end = (images >= SATURATED) | (images <= 1 - SATURATED)
    return at_an_end.all(dim=1).float().mean(dim=(1, 2))

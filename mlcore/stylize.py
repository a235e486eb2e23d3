"""Painting one photo: any size in, exactly the requested size out, clean borders."""

from __future__ import annotations

from collections.abc import Callable

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from mlcore.image_tensor import image_to_tensor, tensor_to_image
from mlcore.transformer_network import DOWNSAMPLING, TransformerNetwork

MIN_SIDE = 16
"""Smallest side the network sees, pixels: its 9×9 reflection needs 5, its innermost maps need 2."""

Report = Callable[[float], None]
"""Called with the share done, 0 to 1; may raise (for instance ``Cancelled``) to stop between two stages."""


def stylize(network: TransformerNetwork, photo: Image.Image, report: Report = lambda share: None) -> Image.Image:
    """Return ``photo`` painted, at the same size.

    Args:
        network: in eval mode, on the device to compute on.
        photo: RGB of any size; resize it before (``open_photo(…, longest_side=…)``).
        report: progress, weighted by the arithmetic of each stage.

    The peak of memory is about 1.1 KB for each output pixel on a CPU.
    """
    device = next(network.parameters()).device
    painted = stylize_tensor(network, image_to_tensor(photo).to(device), report)
    return tensor_to_image(painted)


@torch.inference_mode()
def stylize_tensor(network: TransformerNetwork, photo: Tensor, report: Report = lambda share: None) -> Tensor:
    """Map RGB in [0, 1], (B, 3, H, W) of any H and W, to the same shape and range."""
    height, width = photo.shape[-2:]
    x = _pad_to_multiple(photo, DOWNSAMPLING).contiguous(memory_format=torch.channels_last)
    stages = network.stages()
    total = sum(_COST.get(stage.name, _RESIDUAL_COST) for stage in stages)
    done = 0.0
    report(0.0)
    for stage in stages:
        x = stage.run(x)
        done += _COST.get(stage.name, _RESIDUAL_COST)
        report(done / total)
    return x[..., :height, :width]


# Thousand multiply-adds per output pixel, for honest progress.
_COST = {"conv1": 7.8, "conv2": 4.6, "conv3": 4.6, "conv4": 18.4, "conv5": 18.4, "conv_out": 7.8, "output": 0.1}
_RESIDUAL_COST = 18.4


def _pad_to_multiple(photo: Tensor, multiple: int) -> Tensor:
    """Extend right and bottom by reflection, so that no border colour is invented; the caller crops it off again."""
    height, width = photo.shape[-2:]
    right = max(MIN_SIDE, -(-width // multiple) * multiple) - width
    bottom = max(MIN_SIDE, -(-height // multiple) * multiple) - height
    # Reflection needs more pixels than it adds; a sliver of a few pixels repeats its edge instead.
    photo = F.pad(photo, (0, right, 0, 0), mode="reflect" if right < width else "replicate")
    return F.pad(photo, (0, 0, 0, bottom), mode="reflect" if bottom < height else "replicate")

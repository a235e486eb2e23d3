"""Painting one photo with PyTorch: any size in, exactly that size out, clean borders."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mlcore.paint_pixels import padded_size, paint_pixels
from mlcore.progress_report import Report, silent
from mlcore.strip_forward import strip_forward
from mlcore.strip_rows import reflected_indices
from mlcore.transformer_network import TransformerNetwork


def stylize(network: TransformerNetwork, photo: Image.Image, report: Report = silent) -> Image.Image:
    """Return ``photo`` painted, at the same size.

    Args:
        network: in eval mode, on the device to compute on.
        photo: RGB of any size; resize it before (``open_photo(…, longest_side=…)``).
        report: called with the share done, 0 to 1; what it raises stops the painting.

    Raises:
        OutOfMemory: the painting needs more than there is.
    """
    return Image.fromarray(paint_pixels(network, np.asarray(photo), report))


@torch.inference_mode()
def stylize_tensor(network: TransformerNetwork, photo: Tensor, report: Report = silent) -> Tensor:
    """Map RGB in [0, 1], (B, 3, H, W) of any H and W, to the same shape and range."""
    height, width = photo.shape[-2:]
    padded_height, padded_width = padded_size(height, width)
    # Extended right and bottom by reflection, so that no border colour is invented, and cropped again.
    if padded_width > width:
        photo = photo[..., reflected_indices(width, padded_width)]
    if padded_height > height:
        photo = photo[..., reflected_indices(height, padded_height), :]
    return strip_forward(network, photo, report)[..., :height, :width]

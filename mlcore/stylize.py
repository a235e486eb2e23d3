"""Painting one photo: any size in, exactly the requested size out, clean borders."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from mlcore.errors import OutOfMemory, is_out_of_memory
from mlcore.image_tensor import image_to_tensor, tensor_to_image
from mlcore.progress_report import Report, silent
from mlcore.strip_forward import strip_forward
from mlcore.transformer_network import DOWNSAMPLING, TransformerNetwork

MIN_SIDE = 16
"""Smallest side the network sees, pixels: its 9×9 reflection needs 5, its innermost maps need 2."""

BYTES_PER_PIXEL = 240
"""Peak of memory on a CPU for each pixel of the painting, beside some 800 MB for Python, torch and its buffers."""


def stylize(network: TransformerNetwork, photo: Image.Image, report: Report = silent) -> Image.Image:
    """Return ``photo`` painted, at the same size.

    Args:
        network: in eval mode, on the device to compute on.
        photo: RGB of any size; resize it before (``open_photo(…, longest_side=…)``).
        report: called with the share done, 0 to 1; what it raises stops the painting.

    Raises:
        OutOfMemory: the painting needs more than there is: :data:`BYTES_PER_PIXEL` for each pixel.
    """
    device = next(network.parameters()).device
    try:
        return tensor_to_image(stylize_tensor(network, image_to_tensor(photo).to(device), report))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        megabytes = photo.width * photo.height * BYTES_PER_PIXEL / 2**20
        raise OutOfMemory(
            f"Painting {photo.width}×{photo.height} pixels takes about {megabytes:,.0f} MB, more than there is. "
            "Choose a smaller size."
        ) from error


@torch.inference_mode()
def stylize_tensor(network: TransformerNetwork, photo: Tensor, report: Report = silent) -> Tensor:
    """Map RGB in [0, 1], (B, 3, H, W) of any H and W, to the same shape and range."""
    height, width = photo.shape[-2:]
    painted = strip_forward(network, _pad_to_multiple(photo, DOWNSAMPLING), report)
    return painted[..., :height, :width]


def _pad_to_multiple(photo: Tensor, multiple: int) -> Tensor:
    """Extend right and bottom by reflection, so that no border colour is invented; the caller crops it off again."""
    height, width = photo.shape[-2:]
    right = max(MIN_SIDE, -(-width // multiple) * multiple) - width
    bottom = max(MIN_SIDE, -(-height // multiple) * multiple) - height
    # Reflection needs more pixels than it adds; a sliver of a few pixels repeats its edge instead.
    if right:
        photo = F.pad(photo, (0, right, 0, 0), mode="reflect" if right < width else "replicate")
    if bottom:
        photo = F.pad(photo, (0, 0, 0, bottom), mode="reflect" if bottom < height else "replicate")
    return photo

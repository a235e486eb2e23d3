"""Between Pillow images and tensors."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def image_to_tensor(image: Image.Image) -> Tensor:
    """Return an RGB image as float32 in [0, 1], shape (1, 3, H, W)."""
    array = np.array(image, dtype=np.uint8)
    return torch.from_numpy(array).permute(2, 0, 1).unsqueeze(0).float().div_(255)


def tensor_to_image(tensor: Tensor) -> Image.Image:
    """Return RGB in [0, 1], shape (1, 3, H, W) or (3, H, W), as an 8-bit image, rounded to nearest."""
    if tensor.dim() == 4:
        tensor = tensor.squeeze(0)
    array = tensor.detach().float().clamp(0, 1).mul(255).round().to(torch.uint8).permute(1, 2, 0).cpu().contiguous()
    return Image.fromarray(array.numpy())

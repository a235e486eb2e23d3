"""The pictures that show how a run gets on: the same few photos, painted again and again."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from mlcore.content_dataset import ContentDataset
from mlcore.image_io import save_image
from mlcore.image_tensor import tensor_to_image
from mlcore.transformer_network import TransformerNetwork

SAMPLE_PHOTOS = 4


class SamplePhotos:
    """Photos spread evenly over the folder, the same for every sample of a run and of its continuation.

    Raises:
        ConfigError: none of the photos can be used.
    """

    def __init__(self, dataset: ContentDataset, device: torch.device) -> None:
        count = min(SAMPLE_PHOTOS, len(dataset))
        self._photos = torch.stack([dataset[index * len(dataset) // count] for index in range(count)]).to(device)

    @torch.no_grad()
    def save(self, network: TransformerNetwork, folder: Path, step: int) -> Path:
        """Write content, painting and both side by side, photos one below the other; return the last one's path.

        Raises:
            OSError: a file cannot be written.
        """
        # One at a time: a sample must fit where a training step fits.
        painted = torch.cat([network(photo[None]) for photo in self._photos])
        content, stylized = _column(self._photos), _column(painted)
        name = f"sample_{step:06d}"
        save_image(tensor_to_image(content), folder / f"{name}_content.jpg")
        save_image(tensor_to_image(stylized), folder / f"{name}_stylized.jpg")
        both = folder / f"{name}.jpg"
        save_image(tensor_to_image(torch.cat([content, stylized], dim=2)), both)
        return both


def _column(pictures: Tensor) -> Tensor:
    """Lay (N, 3, H, W) out as one picture (3, N·H, W)."""
    return torch.cat(list(pictures), dim=1)

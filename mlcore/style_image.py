"""The painting whose style is learnt."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from mlcore.errors import ConfigError
from mlcore.image_io import centre_square, open_photo
from mlcore.image_tensor import image_to_tensor


class StyleImageLoader:
    """A style image: its middle square, resized to ``image_size`` pixels a side.

    The size sets the scale of the brushwork: a larger one gives broader strokes in the result.

    Raises:
        ConfigError: there is no such file.
        ImageError: the file is not a readable image.
    """

    def __init__(self, style_path: Path, image_size: int = 256) -> None:
        style_path = Path(style_path)
        if not style_path.is_file():
            raise ConfigError(f"There is no style image {style_path}: check --style-image.")
        self.image = centre_square(open_photo(style_path), image_size)
        self.tensor = image_to_tensor(self.image)

    def get_batch(self, batch_size: int = 1, device: torch.device | str = "cpu") -> Tensor:
        """Return the style image ``batch_size`` times: RGB in [0, 1], (batch_size, 3, image_size, image_size)."""
        return self.tensor.to(device).expand(batch_size, -1, -1, -1)

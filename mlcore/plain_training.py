"""The training loop that one writes first, as a yardstick for the benchmark; nothing else uses it.

float32, PyTorch's own layout, every photo decoded every time, all layers of the loss network for the photos too, the
loss read in every step for the progress bar. The mathematics is that of Johnson et al. (ECCV 2016).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from mlcore.device import select_device
from mlcore.image_io import list_images, open_photo
from mlcore.losses import CONTENT_LAYER, STYLE_LAYERS, total_variation_loss
from mlcore.style_image import StyleImageLoader
from mlcore.train_config import TrainConfig
from mlcore.transformer_network import TransformerNetwork, to_unit_range
from mlcore.vgg_features import load_loss_network


class PlainDataset(Dataset[Tensor]):
    """The middle squares of a folder's photos, decoded every time."""

    def __init__(self, config: TrainConfig) -> None:
        self.paths = list_images(config.content_dir)
        self.transform = transforms.Compose(
            [transforms.Resize(config.image_size), transforms.CenterCrop(config.image_size), transforms.ToTensor()]
        )

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        """Return RGB in [0, 1], (3, image_size, image_size)."""
        photo: Tensor = self.transform(open_photo(self.paths[index]))
        return photo


def plain_gram_matrix(features: Tensor) -> Tensor:
    """Return ``F Fᵀ / (C·H·W)``, (B, C, C), of (B, C, H, W)."""
    batch, channels, height, width = features.shape
    flat = features.reshape(batch, channels, height * width)
    return torch.bmm(flat, flat.transpose(1, 2)) / (channels * height * width)


def plain_forward(network: TransformerNetwork, x: Tensor) -> Tensor:
    """Return the network's output, (B, 3, H, W) in [0, 1], every convolution as torch does it."""
    x = F.relu(network.in1(network.conv1(x)))
    x = F.relu(network.in2(network.conv2(x)))
    x = F.relu(network.in3(network.conv3(x)))
    for block in network.res_blocks:
        y = F.relu(block.in1(block.conv1(x)))  # type: ignore[operator]
        x = x + block.in2(block.conv2(y))  # type: ignore[operator]
    x = F.relu(network.in4(network.conv4(F.interpolate(x, scale_factor=2, mode="nearest"))))
    x = F.relu(network.in5(network.conv5(F.interpolate(x, scale_factor=2, mode="nearest"))))
    return to_unit_range(network.conv_out(x))


def plain_steps(config: TrainConfig) -> Iterator[int]:
    """Train and yield the number of each step that is done, from 1, without an end."""
    device = select_device(cpu=config.cpu)
    loss_network = load_loss_network(config.loss_network, config.loss_weights).to(device)
    style = StyleImageLoader(config.style_image, config.style_size).get_batch(1, device)
    with torch.no_grad():
        style_grams = {layer: plain_gram_matrix(value) for layer, value in loss_network(style).items()}
    network = TransformerNetwork().to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=config.lr)
    loader = DataLoader(
        PlainDataset(config), batch_size=config.batch_size, shuffle=True, num_workers=config.num_workers, drop_last=True
    )
    step = 0
    while True:
        for photos in loader:
            photos = photos.to(device)
            stylized = plain_forward(network, photos)
            of_photos, of_stylized = loss_network(photos), loss_network(stylized)
            content = F.mse_loss(of_stylized[CONTENT_LAYER], of_photos[CONTENT_LAYER])
            style_loss = torch.stack(
                [
                    F.mse_loss(gram, style_grams[layer].expand_as(gram))
                    for layer in STYLE_LAYERS
                    for gram in (plain_gram_matrix(of_stylized[layer]),)
                ]
            ).sum()
            total = config.content_weight * content + config.style_weight * style_loss
            total = total + config.tv_weight * total_variation_loss(stylized)
            optimizer.zero_grad()
            total.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimizer.step()
            total.item()
            step += 1
            yield step

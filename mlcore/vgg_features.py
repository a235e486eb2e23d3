"""The loss network: VGG19 or VGG16 (Simonyan & Zisserman, 2014) up to relu4_3, frozen."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from mlcore.errors import LossNetworkError
from mlcore.loss_network_name import LOSS_NETWORKS, LossNetworkName

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")

# Output channels of each convolution, "M" for 2×2 max pooling, cut after the last layer that is used.
_LAYOUTS: dict[str, tuple[int | str, ...]] = {
    "vgg19": (64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512),
    "vgg16": (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512),
}
# Where each slice ends in torchvision's `features`. VGG19's relu3_4 belongs, like the pooling, to the next slice.
_SLICE_ENDS: dict[str, tuple[int, int, int, int]] = {"vgg19": (4, 9, 16, 25), "vgg16": (4, 9, 16, 23)}

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class VGGFeatures(nn.Module):
    """Activations of a frozen VGG at relu1_2, relu2_2, relu3_3 and relu4_3.

    ``VGGFeatures(name)`` has untrained weights; use :func:`load_loss_network` for trained ones.
    """

    def __init__(self, name: LossNetworkName = "vgg19") -> None:
        super().__init__()
        if name not in LOSS_NETWORKS:
            raise LossNetworkError(f"Unknown loss network {name!r}: choose vgg19 or vgg16 (--loss-network).")
        self.name = name
        self.features = _build_features(_LAYOUTS[name])
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_IMAGENET_STD).view(1, 3, 1, 1), persistent=False)
        self.mean: Tensor
        self.std: Tensor
        self.requires_grad_(False)
        self.eval()

    def forward(self, x: Tensor, last: str = LAYERS[-1]) -> dict[str, Tensor]:
        """Return the activations up to and including ``last``.

        Args:
            x: RGB in [0, 1], shape (B, 3, H, W), at least 16×16.
            last: one of :data:`LAYERS`; later layers are not computed.

        Returns:
            Layer name → (B, C, h, w), values ≥ 0; C is 64, 128, 256, 512.
        """
        activations: dict[str, Tensor] = {}
        x = (x - self.mean) / self.std
        start = 0
        for layer, end in zip(LAYERS, _SLICE_ENDS[self.name], strict=True):
            for index in range(start, end):
                x = self.features[index](x)
            activations[layer] = x
            if layer == last:
                break
            start = end
        return activations


def _build_features(layout: tuple[int | str, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    channels = 3
    for entry in layout:
        if isinstance(entry, str):
            layers.append(nn.MaxPool2d(2))
        else:
            # In place is safe: autograd needs the ReLU's output, not the convolution's.
            layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU(inplace=True)]
            channels = entry
    return nn.Sequential(*layers)


def load_loss_network(name: LossNetworkName = "vgg19", weights: Path | None = None) -> VGGFeatures:
    """Return a frozen loss network with trained weights.

    Args:
        name: "vgg19" (default) or "vgg16", the paper's.
        weights: a ``.safetensors`` or ``.pth`` file with torchvision's keys ``features.N.weight|bias``;
            ``None`` uses torchvision's ImageNet weights, downloaded once into torch's cache.

    Raises:
        LossNetworkError: the weights cannot be had or do not fit; the message names the option to change.
    """
    network = VGGFeatures(name)
    state = _read_weights(weights) if weights is not None else _download_weights(name)
    wanted = network.state_dict()
    missing = sorted(set(wanted) - set(state))
    if missing:
        raise LossNetworkError(
            f"The loss weights have no {missing[0]!r}, so they are not {name}: give matching --loss-network and "
            "--loss-weights (keys as in torchvision: features.0.weight …)."
        )
    for key, tensor in wanted.items():
        if state[key].shape != tensor.shape:
            raise LossNetworkError(
                f"The loss weights' {key!r} has shape {tuple(state[key].shape)} where {name} needs "
                f"{tuple(tensor.shape)}: choose the matching --loss-network."
            )
    network.load_state_dict({key: state[key].float() for key in wanted})
    return network


def _read_weights(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise LossNetworkError(f"There is no loss weights file {path}: check --loss-weights.")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch's reader raises nearly anything on bytes that are no checkpoint
        raise LossNetworkError(f"The loss weights file {path} cannot be read: {error}") from error
    if not isinstance(loaded, dict) or not all(isinstance(value, Tensor) for value in loaded.values()):
        raise LossNetworkError(f"The loss weights file {path} does not hold a state dict.")
    return loaded


def _download_weights(name: LossNetworkName) -> dict[str, Tensor]:
    from torchvision.models import VGG16_Weights, VGG19_Weights

    source = VGG19_Weights.IMAGENET1K_V1 if name == "vgg19" else VGG16_Weights.IMAGENET1K_V1
    try:
        return dict(source.get_state_dict(progress=True, check_hash=True))
    except (OSError, RuntimeError) as error:
        raise LossNetworkError(
            f"The {name} weights could not be downloaded ({error}). Check the connection, or download "
            f"{source.url} elsewhere and pass --loss-network {name} --loss-weights PATH."
        ) from error

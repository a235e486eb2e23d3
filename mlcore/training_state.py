"""What a training run is made of and where it stands: the part that checkpoints keep and a roll-back restores."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch

from mlcore.checkpoint import load_style, load_training_checkpoint
from mlcore.errors import CheckpointError
from mlcore.train_config import TrainConfig
from mlcore.transformer_network import TransformerNetwork


def memory_format(device: torch.device) -> torch.memory_format:
    """Return the layout to train in: channels_last on a GPU.

    On a CPU oneDNN reorders for its convolutions anyway, while padding and instance norm take twice as long in it: with
    channels_last a step took 15% longer.
    """
    return torch.channels_last if device.type == "cuda" else torch.contiguous_format


class TrainingState:
    """Network, optimiser, loss scaler, step reached and how far roll-backs have lowered the learning rate.

    Args:
        config: says whether to start from random weights, from a style or from a checkpoint.
        device: where to train.

    Raises:
        CheckpointError: ``resume`` or ``init_from`` cannot be read or does not fit.
    """

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        network = _ending_in_tanh(load_style(config.init_from)[0]) if config.init_from else TransformerNetwork()
        network.train()
        network.grad_checkpoint = config.grad_checkpoint
        self.network = network.requires_grad_(True).to(device).to(memory_format=memory_format(device))
        # The fused step reads neither the gradients' finiteness nor the loss scale back to the host.
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=config.lr, fused=device.type != "mps")
        # float16 needs loss scaling; bfloat16 has float32's range and does not.
        self.scaler = torch.amp.GradScaler("cuda", enabled=config.use_amp and device.type == "cuda")
        self.step = 0
        self.lr_factor = 1.0
        if config.resume:
            self._resume(load_training_checkpoint(config.resume), config.resume)
        self._good = self._copy()

    def as_checkpoint(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of this, tensors not copied."""
        return {
            "step": self.step,
            "model_state_dict": self.network.state_dict(),
            "optimizer_state_dict": self.optimizer.state_dict(),
            "scaler_state_dict": self.scaler.state_dict(),
            "lr_factor": self.lr_factor,
            "rng_state": torch.get_rng_state(),
        }

    def is_finite(self) -> bool:
        """Return whether every weight is a finite number; waits for the device."""
        norms = torch.stack(torch._foreach_norm(list(self.network.parameters())))
        return bool(torch.isfinite(norms).all())

    def remember(self) -> None:
        """Keep a copy (20 MB) to roll back to."""
        self._good = self._copy()

    def roll_back(self, lr_factor: float) -> None:
        """Return to what was remembered last, the learning rate multiplied by ``lr_factor`` from there on."""
        factor = self.lr_factor * lr_factor
        self._apply(copy.deepcopy(self._good))  # the optimiser keeps the tensors that it is given
        self.lr_factor = factor

    def _copy(self) -> dict[str, Any]:
        return copy.deepcopy(self.as_checkpoint())

    def _apply(self, checkpoint: dict[str, Any]) -> None:
        self.network.load_state_dict(checkpoint["model_state_dict"])
        self.optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
        if self.scaler.is_enabled() and checkpoint.get("scaler_state_dict"):
            self.scaler.load_state_dict(checkpoint["scaler_state_dict"])
        self.step = int(checkpoint["step"])
        self.lr_factor = float(checkpoint.get("lr_factor", 1.0))
        if "rng_state" in checkpoint:
            torch.set_rng_state(checkpoint["rng_state"])

    def _resume(self, checkpoint: dict[str, Any], path: Path) -> None:
        try:
            self._apply(checkpoint)
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"{path} does not fit this run and cannot be resumed: {error}") from error


@torch.no_grad()
def _ending_in_tanh(network: TransformerNetwork) -> TransformerNetwork:
    """Return a network whose output is "tanh", to go on training with; a linear one is changed in place.

    ``(tanh(2z − 1) + 1) / 2`` is ``z`` at mid-grey with the same slope and flattens towards black and white, where
    clamping to [0, 1] would leave training no gradient.
    """
    if network.output == "linear":
        network.conv_out.weight.mul_(2)
        bias = network.conv_out.bias
        if bias is not None:
            bias.mul_(2).sub_(1)
        network.output = "tanh"
    return network

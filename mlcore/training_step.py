"""One step of training: paint a batch, weigh it, walk down the gradient. Johnson et al. (ECCV 2016), section 4.1."""

from __future__ import annotations

import contextlib
import math

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mlcore.distributed import Processes
from mlcore.losses import LossTerms, StyleTransferLoss, saturation_penalty
from mlcore.train_config import TrainConfig
from mlcore.training_state import TrainingState
from mlcore.transformer_network import TransformerNetwork, to_unit_range

GRADIENT_CLIP = 10.0
COSINE_FLOOR = 0.1


class TrainingStep:
    """Optimises the network of ``state`` on one batch after another; never waits for the device.

    On a CPU a batch is worked off photo by photo, which stays in its caches: at batch 4, 256 px, a quarter less
    time and a third of the memory.

    Args:
        config: weights, learning rate, precision.
        state: what is trained; its step says how far the schedules are.
        loss: with the style image set, on the device.
        processes: those that train together, each on its part of the batch; gradients are averaged.
    """

    def __init__(
        self, config: TrainConfig, state: TrainingState, loss: StyleTransferLoss, processes: Processes | None = None
    ) -> None:
        self.config, self.state, self.loss = config, state, loss
        self.device = loss.loss_network.mean.device
        self.amp_dtype = torch.float16 if self.device.type == "cuda" else torch.bfloat16
        self.always_finite = torch.ones((), dtype=torch.bool, device=self.device)
        self.lr = 0.0
        model: nn.Module = _PreActivation(state.network, peaks=config.peak_weight > 0)
        self._shared: DistributedDataParallel | None = None
        if processes is not None and processes.count > 1:
            model = self._shared = DistributedDataParallel(model, gradient_as_bucket_view=True)
        # The compiler adds guards on the module, not on sizes: every batch of a run has the same shape.
        self.model = torch.compile(model, dynamic=False) if config.compile else model

    def __call__(self, photos: Tensor) -> LossTerms:
        """Do one step on RGB in [0, 1], (B, 3, H, W), on the device; return its weighted losses, detached."""
        config, state = self.config, self.state
        self.lr = learning_rate(config, state.step) * state.lr_factor
        for group in state.optimizer.param_groups:
            group["lr"] = self.lr
        self.loss.style_weight = config.style_weight_at(state.step)
        state.optimizer.zero_grad(set_to_none=True)
        # All losses are means over the batch, so the mean of the parts' gradients is the gradient of the whole.
        parts = photos.split(1) if self.device.type == "cpu" else (photos,)
        sums = torch.zeros(len(LossTerms._fields), device=self.device)
        for number, part in enumerate(parts, start=1):
            with contextlib.nullcontext() if number == len(parts) else self._keep_gradients_here():
                sums += self._backward(part, 1 / len(parts))
        state.scaler.unscale_(state.optimizer)  # clip true gradients, not scaled ones
        torch.nn.utils.clip_grad_norm_(state.network.parameters(), GRADIENT_CLIP)
        state.scaler.step(state.optimizer)
        state.scaler.update()
        self.always_finite &= torch.isfinite(sums[0])
        state.step += 1
        return LossTerms(*(sums / len(parts)))

    def _backward(self, photos: Tensor, share: float) -> Tensor:
        """Add the gradient of a part of the batch, times its share; return its losses, detached."""
        config = self.config
        with torch.autocast(self.device.type, self.amp_dtype, enabled=config.use_amp):
            pre_activation, peaks = self.model(photos)
        # Losses in float32: a Gram matrix sums up to 65,536 products, which float16 cannot hold.
        pre_activation = pre_activation.float()
        terms: LossTerms = self.loss(to_unit_range(pre_activation), photos)
        objective = terms.total
        if config.saturation_weight:
            objective = objective + config.saturation_weight * saturation_penalty(pre_activation)
        if config.peak_weight:
            objective = objective + config.peak_weight * peaks
        self.state.scaler.scale(objective * share).backward()
        return torch.stack(terms).detach()

    def _keep_gradients_here(self) -> contextlib.AbstractContextManager[None]:
        """Leave the exchange between processes to the last part of a batch."""
        return contextlib.nullcontext() if self._shared is None else self._shared.no_sync()


class _PreActivation(nn.Module):
    """Makes what the loss needs the result of ``forward``, the call that DDP and the compiler hook into."""

    def __init__(self, network: TransformerNetwork, *, peaks: bool) -> None:
        super().__init__()
        self.network, self.peaks = network, peaks

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.pre_activation_and_peaks(x, self.peaks)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Return the learning rate of step ``step`` (from 0): linear warm-up, then constant or cosine to a tenth."""
    if step < config.warmup_steps:
        return config.lr * (step + 1) / config.warmup_steps
    if config.lr_schedule == "constant":
        return config.lr
    done = (step - config.warmup_steps) / max(1, config.max_steps - config.warmup_steps)
    return config.lr * (COSINE_FLOOR + (1 - COSINE_FLOOR) * (1 + math.cos(math.pi * done)) / 2)

"""The training loop: Johnson et al. (ECCV 2016), section 4.1, with a slow rise of the style weight."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mlcore.checkpoint import load_style, load_training_checkpoint, save_style_file, save_training_checkpoint
from mlcore.content_dataset import get_content_loader
from mlcore.device import select_device
from mlcore.errors import CheckpointError, ConfigError, TrainingError
from mlcore.image_io import save_image
from mlcore.image_tensor import tensor_to_image
from mlcore.losses import LossTerms, StyleTransferLoss, saturation_penalty
from mlcore.style_image import StyleImageLoader
from mlcore.style_metadata import StyleMetadata
from mlcore.train_config import TrainConfig
from mlcore.training_events import FileKind, FileWritten, LossValues, StepDone, TrainingEvent
from mlcore.transformer_network import TransformerNetwork, to_unit_range
from mlcore.vgg_features import load_loss_network

GRADIENT_CLIP = 10.0
COSINE_FLOOR = 0.1


def train(config: TrainConfig, *, stop_requested: Callable[[], bool] = lambda: False) -> Iterator[TrainingEvent]:
    """Train a TransformerNetwork and yield what happens.

    When ``stop_requested()`` turns true the current step is finished, a checkpoint is written and the run ends;
    ``--resume`` goes on from there with the same photos and crops.

    Raises:
        ConfigError, CheckpointError, LossNetworkError, ImageError: before the first step.
        TrainingError: the loss is no longer a number.
    """
    run = _Run(config)
    yield from run.steps(stop_requested)


class _Run:
    """State of one run: network, optimiser, losses and the step reached."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.device = select_device(cpu=config.cpu)
        torch.manual_seed(config.seed)
        style = StyleImageLoader(config.style_image, config.style_size)
        loss_network = load_loss_network(config.loss_network, config.loss_weights)
        self.loss = StyleTransferLoss(
            config.content_weight, config.style_weight, config.tv_weight, loss_network.to(self.device)
        )
        self.loss.set_style_image(style.get_batch(1, self.device))
        network = load_style(config.init_from)[0].train() if config.init_from else TransformerNetwork()
        # channels_last is what both cuDNN and oneDNN convolve fastest in.
        self.network = network.requires_grad_(True).to(self.device).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=config.lr)
        # float16 needs loss scaling; bfloat16 has float32's range and does not.
        self.amp_dtype = torch.float16 if self.device.type == "cuda" else torch.bfloat16
        self.scaler = torch.amp.GradScaler("cuda", enabled=config.use_amp and self.device.type == "cuda")
        self.step = 0
        self.last_losses = LossValues(math.nan, math.nan, math.nan, math.nan)
        if config.resume:
            self._restore(load_training_checkpoint(config.resume), config.resume)

    def steps(self, stop_requested: Callable[[], bool]) -> Iterator[TrainingEvent]:
        """Run to ``max_steps``, then write the model and the style file."""
        config = self.config
        if self.step >= config.max_steps:
            raise ConfigError(f"The checkpoint is at step {self.step} already: raise --max-steps to go on.")
        loader = get_content_loader(
            config.content_dir,
            config.batch_size,
            config.image_size,
            num_workers=config.num_workers,
            augment=config.augment,
            seed=config.seed,
            start=self.step * config.batch_size,
            stop=config.max_steps * config.batch_size,
            pin_memory=self.device.type == "cuda",
        )
        since, since_step = time.perf_counter(), self.step
        for photos in loader:
            photos = photos.to(self.device, non_blocking=True, memory_format=torch.channels_last)
            lr = self._set_learning_rate()
            terms, stylized = self._optimise(photos)
            self.step += 1
            stopping = stop_requested() and self.step < config.max_steps
            if self.step % config.log_interval == 0 or self.step == config.max_steps or stopping:
                self._read_losses(terms)
                rate = (self.step - since_step) * config.batch_size / (time.perf_counter() - since)
                since, since_step = time.perf_counter(), self.step
                yield StepDone(self.step, config.max_steps, self.last_losses, lr, self.loss.style_weight, rate)
            else:
                yield StepDone(self.step, config.max_steps)
            if self.step % config.sample_interval == 0:
                yield self._save_sample(photos, stylized)
            if self.step % config.checkpoint_interval == 0 or stopping:
                yield self._save_checkpoint(terms, f"checkpoint_{self.step:06d}.pth", "checkpoint")
            if stopping:
                return
        yield self._save_checkpoint(terms, "final_model.pth", "model")
        yield self._save_style()

    def _optimise(self, photos: Tensor) -> tuple[LossTerms, Tensor]:
        self.loss.style_weight = self.config.style_weight_at(self.step)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, self.amp_dtype, enabled=self.config.use_amp):
            pre_activation = self.network.pre_activation(photos)
            stylized = to_unit_range(pre_activation)
        # Losses in float32: a Gram matrix sums up to 65,536 products, which float16 cannot hold.
        terms: LossTerms = self.loss(stylized.float(), photos)
        objective = terms.total
        if self.config.saturation_weight:
            objective = objective + self.config.saturation_weight * saturation_penalty(pre_activation.float())
        self.scaler.scale(objective).backward()
        self.scaler.unscale_(self.optimizer)  # clip true gradients, not scaled ones
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_CLIP)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return terms, stylized

    def _set_learning_rate(self) -> float:
        lr = learning_rate(self.config, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        return lr

    def _read_losses(self, terms: LossTerms) -> None:
        self.last_losses = LossValues(*torch.stack(terms).tolist())
        if not math.isfinite(self.last_losses.total):
            raise _diverged(f"The loss became {self.last_losses.total} by step {self.step}.")

    def _save_sample(self, photos: Tensor, stylized: Tensor) -> FileWritten:
        side_by_side = torch.cat([photos[0], stylized[0]], dim=2)
        path = self.config.output_dir / f"sample_{self.step:06d}.jpg"
        save_image(tensor_to_image(side_by_side), path)
        return FileWritten("sample", path, self.step)

    def _save_checkpoint(self, terms: LossTerms, name: str, kind: FileKind) -> FileWritten:
        self._read_losses(terms)
        state = self.network.state_dict()
        if not all(bool(torch.isfinite(value).all()) for value in state.values()):
            raise _diverged(f"A weight is no finite number any more at step {self.step}.")
        path = self.config.checkpoint_dir / name
        save_training_checkpoint(
            path,
            {
                "step": self.step,
                "model_state_dict": state,
                "optimizer_state_dict": self.optimizer.state_dict(),
                "loss": self.last_losses.total,
                "config": self.config.as_json(),
                "scaler_state_dict": self.scaler.state_dict(),
                "rng_state": torch.get_rng_state(),
            },
        )
        return FileWritten(kind, path, self.step)

    def _save_style(self) -> FileWritten:
        path = self.config.checkpoint_dir / f"{self.config.style_image.stem}.safetensors"
        metadata = StyleMetadata(
            config=self.config.recipe(),
            step=self.step,
            losses=self.last_losses._asdict(),
            loss_network=self.config.loss_network,
        )
        save_style_file(path, self.network, metadata)
        return FileWritten("style", path, self.step)

    def _restore(self, checkpoint: dict[str, Any], path: Path) -> None:
        try:
            self.network.load_state_dict(checkpoint["model_state_dict"])
            self.optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
            if self.scaler.is_enabled() and checkpoint.get("scaler_state_dict"):
                self.scaler.load_state_dict(checkpoint["scaler_state_dict"])
            self.step = int(checkpoint["step"])
            if "rng_state" in checkpoint:
                torch.set_rng_state(checkpoint["rng_state"])
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"{path} does not fit this run and cannot be resumed: {error}") from error


def _diverged(what: str) -> TrainingError:
    return TrainingError(
        f"{what} Resume from the last checkpoint with a lower --lr or --style-weight, or a later --style-ramp-end.",
        code="loss_not_finite",
    )


def learning_rate(config: TrainConfig, step: int) -> float:
    """Return the learning rate of step ``step`` (from 0): linear warm-up, then constant or cosine to a tenth."""
    if step < config.warmup_steps:
        return config.lr * (step + 1) / config.warmup_steps
    if config.lr_schedule == "constant":
        return config.lr
    done = (step - config.warmup_steps) / max(1, config.max_steps - config.warmup_steps)
    return config.lr * (COSINE_FLOOR + (1 - COSINE_FLOOR) * (1 + math.cos(math.pi * done)) / 2)

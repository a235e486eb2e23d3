"""The training loop: Johnson et al. (ECCV 2016), section 4.1, with a slow rise of the style weight."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Generator, Iterator

import torch
from torch import Tensor

from mlcore.content_dataset import ContentDataset, get_content_loader
from mlcore.device import select_device
from mlcore.distributed import Processes, joined
from mlcore.errors import ConfigError, TrainingError, is_out_of_memory
from mlcore.losses import LossTerms, StyleTransferLoss
from mlcore.style_image import StyleImageLoader
from mlcore.train_config import TrainConfig
from mlcore.training_events import LossValues, PhotosSkipped, RolledBack, StepDone, TrainingEvent
from mlcore.training_files import TrainingFiles
from mlcore.training_memory import advise, available_bytes
from mlcore.training_samples import SamplePhotos
from mlcore.training_state import TrainingState, memory_format
from mlcore.training_step import TrainingStep
from mlcore.vgg_features import load_loss_network

ROLL_BACK_LR = 0.5
RETURN_STEPS = 1000
"""A loss that is not finite again within so many steps of a roll-back ends the run: a lower rate was no cure."""
AGREE_INTERVAL = 10
"""Steps between the moments at which several processes agree on stopping; each costs a wait for all of them."""


def train(config: TrainConfig, *, stop_requested: Callable[[], bool] = lambda: False) -> Iterator[TrainingEvent]:
    """Train a TransformerNetwork and yield what happens.

    When ``stop_requested()`` turns true the current step is finished, a checkpoint is written and the run ends;
    ``--resume`` goes on from there with the same photos and crops. Started by ``torchrun``, the processes share every
    batch; only the first one writes files and tells of them.

    Raises:
        ConfigError, CheckpointError, LossNetworkError, ImageError: before the first step.
        OutOfMemory: a step does not fit; the message says which batch and image size would.
        TrainingError: the loss is not finite even at a lower rate, or the result cannot be written.
    """
    processes = Processes.from_environment()
    device = select_device(cpu=config.cpu)
    if device.type == "cuda":
        device = torch.device("cuda", processes.local_rank)
        torch.cuda.set_device(device)
    with joined(processes, device):
        yield from TrainingRun(config, device, processes).steps(stop_requested)


class TrainingRun:
    """One run: everything it needs, made before the first step.

    Args:
        config: what to do.
        device: where.
        processes: this process among those that train together.
    """

    def __init__(self, config: TrainConfig, device: torch.device, processes: Processes) -> None:
        self.config, self.device, self.processes = config, device, processes
        if config.compile and device.type == "cpu" and not (shutil.which("g++") or shutil.which("clang++")):
            raise ConfigError("--compile needs a C++ compiler (g++ or clang++) here: install one or leave it out.")
        torch.manual_seed(config.seed)
        style = StyleImageLoader(config.style_image, config.style_size)
        loss_network = load_loss_network(config.loss_network, config.loss_weights)
        loss_network = loss_network.to(device).to(memory_format=memory_format(device))
        loss = StyleTransferLoss(config.content_weight, config.style_weight, config.tv_weight, loss_network)
        loss.set_style_image(style.get_batch(1, device))
        self.photos = ContentDataset(
            config.content_dir,
            config.image_size,
            augment=config.augment,
            cache_dir=config.checkpoint_dir / "photo_cache" if config.cache_mb else None,
            cache_bytes=config.cache_mb * 10**6,
        )
        self.state = TrainingState(config, device)
        if self.state.step >= config.max_steps:
            raise ConfigError(f"The checkpoint is at step {self.state.step} already: raise --max-steps to go on.")
        self.step = TrainingStep(config, self.state, loss, processes)
        self.files = TrainingFiles(config, self.state, SamplePhotos(self.photos, device))
        self.losses = LossValues(math.nan, math.nan, math.nan, math.nan)
        self._rolled_back_at = -RETURN_STEPS
        self._available_bytes = available_bytes(device)

    def steps(self, stop_requested: Callable[[], bool]) -> Iterator[TrainingEvent]:
        """Run to ``max_steps``, then write the model and the style file."""
        stopped = False
        while self.state.step < self.config.max_steps and not stopped:
            stopped = yield from self._until_stop_or_roll_back(stop_requested)
        if self.processes.is_main:
            if stopped:
                yield self.files.save_checkpoint(self.losses, or_fail=True)
            else:
                yield self.files.save_model(self.losses)
                yield self.files.save_style(self.losses)
        if skipped := self.photos.skipped():
            yield PhotosSkipped(skipped)

    def _until_stop_or_roll_back(self, stop_requested: Callable[[], bool]) -> Generator[TrainingEvent, None, bool]:
        """Yield steps to the end of the run; return whether a stop was requested."""
        config, state = self.config, self.state
        since, since_step = time.perf_counter(), state.step
        for photos in self._loader():
            terms = self._do_step(photos)
            at_end = state.step == config.max_steps
            stopping = not at_end and self._stop_agreed(stop_requested)
            checkpoint_due = state.step % config.checkpoint_interval == 0
            logging = state.step % config.log_interval == 0 or at_end or stopping
            if logging or checkpoint_due:
                losses = LossValues(*self.processes.mean(torch.stack(terms)).tolist())
                if not self._is_finite():
                    yield self._roll_back()
                    return False
                self.losses = losses
                state.remember()
            if logging:
                rate = (state.step - since_step) * config.batch_size / (time.perf_counter() - since)
                since, since_step = time.perf_counter(), state.step
                weight = self.step.loss.style_weight
                yield StepDone(state.step, config.max_steps, self.losses, self.step.lr, weight, rate)
            else:
                yield StepDone(state.step, config.max_steps)
            if self.processes.is_main and state.step % config.sample_interval == 0:
                yield self.files.save_sample()
            if self.processes.is_main and checkpoint_due:
                yield self.files.save_checkpoint(self.losses)
            if stopping:
                return True
        return False

    def _loader(self) -> Iterator[Tensor]:
        config = self.config
        loader = get_content_loader(
            self.photos,
            config.batch_size,
            num_workers=config.num_workers,
            seed=config.seed,
            start=self.state.step * config.batch_size,
            stop=config.max_steps * config.batch_size,
            pin_memory=self.device.type == "cuda",
            rank=self.processes.rank,
            processes=self.processes.count,
        )
        for photos in loader:
            yield photos.to(self.device, non_blocking=True, memory_format=memory_format(self.device))

    def _do_step(self, photos: Tensor) -> LossTerms:
        try:
            return self.step(photos)
        except torch._dynamo.exc.TorchDynamoException as error:
            raise TrainingError(f"--compile failed: {error}. Leave it out.", code="compile_failed") from error
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                on_cpu = self.device.type == "cpu"
                raise advise(self.config, self._available_bytes, photo_by_photo=on_cpu) from error
            raise

    def _stop_agreed(self, stop_requested: Callable[[], bool]) -> bool:
        """Signals reach several processes at different steps; they stop at the first agreed step after one of them."""
        if self.processes.count > 1 and self.state.step % AGREE_INTERVAL:
            return False
        return self.processes.any(stop_requested(), self.device)

    def _is_finite(self) -> bool:
        finite = bool(self.step.always_finite) and self.state.is_finite()
        return not self.processes.any(not finite, self.device)

    def _roll_back(self) -> RolledBack:
        failed_step = self.state.step
        if failed_step - self._rolled_back_at < RETURN_STEPS:
            raise self._diverged(failed_step)
        self.state.roll_back(ROLL_BACK_LR)
        self.step.always_finite.fill_(True)
        self._rolled_back_at = self.state.step
        return RolledBack(failed_step, self.state.step, self.state.lr_factor)

    def _diverged(self, failed_step: int) -> TrainingError:
        config = self.config
        if config.use_amp:
            advice = "leave out --use-amp"
        elif self.losses.style > 10 * self.losses.content or not math.isfinite(self.losses.total):
            advice = f"give a lower --style-weight than {config.style_weight:g}, or a lower --lr than {config.lr:g}"
        else:
            advice = f"give a lower --lr than {config.lr * self.state.lr_factor / 2:.2g}, or a longer --warmup-steps"
        start = f"--resume {self.files.last_checkpoint} and " if self.files.last_checkpoint else ""
        return TrainingError(
            f"The loss or a weight is not a finite number by step {failed_step}, although the run went back to step "
            f"{self._rolled_back_at} and on with {self.state.lr_factor:g} of the learning rate. Start again: {start}"
            f"{advice}.",
            code="loss_not_finite",
        )

"""What training costs here in time and memory, measured: the real trainer takes a few steps on invented photos.

It runs in a process of its own, so that the peak of memory is that of training alone, and a machine with too little
memory ends that process and not the caller's. Loads torch only there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import signal
import statistics
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from mlcore.errors import MlcoreError, OutOfMemory, TrainingError, is_out_of_memory
from mlcore.free_memory import free_host_memory
from mlcore.loss_network_name import LossNetworkName
from mlcore.peak_memory import peak_bytes
from mlcore.process_limits import limit_memory
from mlcore.train_config import TrainConfig


@dataclass(frozen=True)
class TrainingCost:
    """One step of training, without the loader processes."""

    seconds_per_step: float
    peak_bytes: int
    """CPU: the most that the whole process had in main memory. CUDA: the most that its tensors took on the GPU."""


def measure_training_cost(
    batch_size: int,
    image_size: int,
    *,
    loss_network: LossNetworkName = "vgg19",
    use_amp: bool = False,
    grad_checkpoint: bool = False,
    cpu: bool = False,
    threads: int | None = None,
    seconds: float = 5.0,
) -> TrainingCost:
    """Take a few steps of ``batch_size`` photos and return what one of them costs; some 20 seconds on a slow CPU.

    Args:
        batch_size: photos a step.
        image_size: their side, pixels, at least 32 and a multiple of 4.
        loss_network: its weights are not needed, they make no difference.
        use_amp: mixed precision.
        grad_checkpoint: compute activations twice.
        cpu: on the CPU even where there is a GPU.
        threads: of the CPU; ``None`` leaves it to torch.
        seconds: measuring ends after this time, but not before one step after the first, which warms up; a first step
            of four times this is taken as it is.

    Raises:
        ConfigError: a value that training refuses.
        OutOfMemory: a step needs more than there is; the message says what to change.
        TrainingError: the process ended without an answer.
    """
    context = multiprocessing.get_context("spawn")  # a fork of a process that has used CUDA cannot use it
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="easel-cost-") as folder:
        config = TrainConfig(
            content_dir=Path(folder, "photos"),
            style_image=Path(folder, "style.png"),
            checkpoint_dir=Path(folder, "checkpoints"),
            output_dir=Path(folder, "outputs"),
            batch_size=batch_size,
            image_size=image_size,
            cache_mb=0,
            log_interval=1,
            loss_network=loss_network,
            loss_weights=Path(folder, "weights.safetensors"),
            use_amp=use_amp,
            grad_checkpoint=grad_checkpoint,
            cpu=cpu,
        )
        child = context.Process(target=_answer, args=(sender, config, threads, seconds))
        child.start()
        sender.close()
        try:
            answer = receiver.recv()
        except EOFError:
            child.join()
            answer = _lost(child.exitcode, config)
        except BaseException:
            child.terminate()
            raise
        finally:
            receiver.close()
            child.join()
    if isinstance(answer, TrainingCost):
        return answer
    raise answer


def _lost(exit_code: int | None, config: TrainConfig) -> MlcoreError:
    if exit_code == -signal.SIGKILL:  # what a system does that runs out of memory
        return _does_not_fit(config)
    return TrainingError(f"Measuring a training step ended with status {exit_code} and no answer.")


def _does_not_fit(config: TrainConfig) -> OutOfMemory:
    return OutOfMemory(
        f"A step with --batch-size {config.batch_size} at --image-size {config.image_size} needs more memory "
        "than there is. Choose a smaller --batch-size or --image-size, or --grad-checkpoint."
    )


def _answer(sender: Connection, config: TrainConfig, threads: int | None, seconds: float) -> None:
    _be_the_first_to_go()
    try:
        sender.send(_measure(config, threads, seconds))
    except MlcoreError as error:
        sender.send(error)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        sender.send(_does_not_fit(config))


def _measure(config: TrainConfig, threads: int | None, seconds: float) -> TrainingCost:
    import torch

    from mlcore.device import select_device
    from mlcore.training import train
    from mlcore.training_events import StepDone

    if threads is not None:
        torch.set_num_threads(threads)
    cuda = select_device(cpu=config.cpu).type == "cuda"
    # Reading losses waits for a GPU; beside a step on a CPU decoding is nothing.
    config = dataclasses.replace(config, log_interval=10 if cuda else 1, num_workers=config.num_workers if cuda else 0)
    _invent_files(config)
    memory = free_host_memory()
    if memory is not None and not cuda:
        limit_memory(memory.free)
    measured: list[float] = []
    until = None
    for event in train(config):
        if not isinstance(event, StepDone) or not event.losses:
            continue
        step_seconds = config.batch_size / event.images_per_second
        if until is None and step_seconds < 4 * seconds:
            until = time.perf_counter() + seconds
            continue  # the first step warms up, which counts for little only where steps are slow
        measured.append(step_seconds)
        if until is None or time.perf_counter() > until:
            break
    peak = torch.cuda.max_memory_allocated() if cuda else peak_bytes()
    return TrainingCost(statistics.median(measured), peak)


def _invent_files(config: TrainConfig) -> None:
    """Write photos of noise, a style image and untrained loss weights: what they show costs nothing."""
    import numpy as np
    from PIL import Image
    from safetensors.torch import save_file

    from mlcore.vgg_features import VGGFeatures

    folder, side = config.content_dir.parent, config.image_size
    random = np.random.default_rng(0)
    config.content_dir.mkdir()
    for name in ("photos/1.jpg", "photos/2.jpg", "photos/3.jpg", "photos/4.jpg", "style.png"):
        noise = random.integers(0, 256, (side, side * 5 // 4, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / name)
    save_file(VGGFeatures(config.loss_network).state_dict(), folder / "weights.safetensors")


def _be_the_first_to_go() -> None:
    """Tell Linux to end this process before others when memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")

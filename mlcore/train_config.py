"""Every training option once: its type, default, unit and help; the command line is built from this."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from mlcore.errors import ConfigError
from mlcore.loss_network_name import LossNetworkName

LrSchedule = Literal["constant", "cosine"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """What one training run does; the text beside each type is its help on the command line.

    Raises:
        ConfigError: a value, or a combination of values, that cannot work.
    """

    content_dir: Annotated[Path, "folder of photos to train on"]
    style_image: Annotated[Path, "the painting whose style is learnt"]
    checkpoint_dir: Annotated[Path, "folder for checkpoints, final_model.pth and the style file"] = Path("checkpoints")
    output_dir: Annotated[Path, "folder for sample pictures: photo | stylized"] = Path("outputs")
    resume: Annotated[Path | None, "checkpoint (.pth) to go on from"] = None
    init_from: Annotated[Path | None, "trained style to start from instead of from random weights"] = None
    batch_size: Annotated[int, "photos a step"] = 4
    image_size: Annotated[int, "side of the square training photos, pixels"] = 256
    style_size: Annotated[int, "shorter side of the style image, pixels; larger gives broader strokes"] = 256
    lr: Annotated[float, "Adam's learning rate"] = 1e-3
    lr_schedule: Annotated[LrSchedule, "learning rate after warm-up; cosine falls to a tenth"] = "constant"
    warmup_steps: Annotated[int, "steps of linear learning rate warm-up"] = 50
    max_steps: Annotated[int, "steps in all, resumed ones counted"] = 40_000
    num_workers: Annotated[int, "processes that load photos; 0 loads in this one"] = 4
    content_weight: Annotated[float, "factor of the content loss"] = 1.0
    style_weight: Annotated[float, "factor of the style loss"] = 1e6
    style_ramp_start: Annotated[int, "step up to which only content counts"] = 150
    style_ramp_end: Annotated[int, "step from which the style weight is full; it rises linearly"] = 700
    tv_weight: Annotated[float, "factor of the total variation loss"] = 1e-6
    saturation_weight: Annotated[float, "factor of the penalty on values before the final tanh beyond ±2; 0 is off"] = (
        0.2
    )
    peak_weight: Annotated[float, "factor of the penalty on activations beyond 5 σ, which show as blobs; 0 is off"] = (
        1.0
    )
    augment: Annotated[bool, "random crop (40–100% of the area) and flip of the photos"] = False
    cache_mb: Annotated[int, "disk space for resized photos in CHECKPOINT_DIR/photo_cache, MB; 0 is off"] = 4096
    checkpoint_interval: Annotated[int, "steps between checkpoints"] = 2000
    sample_interval: Annotated[int, "steps between sample pictures"] = 500
    log_interval: Annotated[int, "steps between log lines"] = 100
    loss_network: Annotated[LossNetworkName, "network that measures content and style"] = "vgg19"
    loss_weights: Annotated[Path | None, "its weights file; default: torchvision's, downloaded once"] = None
    use_amp: Annotated[bool, "mixed precision: float16 on CUDA, bfloat16 elsewhere"] = False
    grad_checkpoint: Annotated[bool, "less memory, more time: activations are computed twice"] = False
    compile: Annotated[bool, "compile the network first, which takes minutes and a C++ compiler"] = False
    cpu: Annotated[bool, "train on the CPU even where there is a GPU"] = False
    seed: Annotated[int, "fixes first weights, photo order and crops"] = 0

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ConfigError(f"{option_name(name)} must be a finite number, not {value}.")
        positive = ("batch_size", "max_steps", "checkpoint_interval", "sample_interval", "log_interval", "lr")
        for name in positive:
            if getattr(self, name) <= 0:
                raise ConfigError(f"{option_name(name)} must be above 0, not {getattr(self, name)}.")
        not_negative = (
            *("num_workers", "cache_mb", "warmup_steps", "style_ramp_start", "content_weight", "style_weight"),
            *("tv_weight", "saturation_weight", "peak_weight", "seed"),
        )
        for name in not_negative:
            if getattr(self, name) < 0:
                raise ConfigError(f"{option_name(name)} must not be negative, it is {getattr(self, name)}.")
        for name in ("image_size", "style_size"):
            if getattr(self, name) < 32:
                raise ConfigError(f"{option_name(name)} must be at least 32 pixels, not {getattr(self, name)}.")
        if self.image_size % 4:
            raise ConfigError(f"--image-size must be a multiple of 4 pixels, not {self.image_size}.")
        if self.style_ramp_end < self.style_ramp_start:
            raise ConfigError("--style-ramp-end must not be before --style-ramp-start.")
        if self.resume and self.init_from:
            raise ConfigError("--resume goes on with a run and --init-from starts one: give only one of them.")

    def style_weight_at(self, step: int) -> float:
        """Return the style weight of step ``step`` (from 0): 0, then rising linearly, then ``style_weight``."""
        if step >= self.style_ramp_end:
            return self.style_weight
        rise = max(1, self.style_ramp_end - self.style_ramp_start)
        return self.style_weight * max(0.0, (step - self.style_ramp_start) / rise)

    @property
    def style_file(self) -> Path:
        """Where the finished style goes: named after the painting, beside the checkpoints."""
        return self.checkpoint_dir / f"{self.style_image.stem}.safetensors"

    def as_json(self) -> dict[str, Any]:
        """Return the values as JSON types; paths in full, to be kept on this machine."""
        return {
            key: str(value) if isinstance(value, Path) else value for key, value in dataclasses.asdict(self).items()
        }

    def recipe(self) -> dict[str, Any]:
        """Return what someone else needs to repeat the run, without this machine's folders."""
        return public_recipe(dataclasses.asdict(self))


def public_recipe(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without what says where and on what the run was made; files by their bare names."""
    private = {"content_dir", "checkpoint_dir", "output_dir", "resume", "num_workers", "cpu"}
    files = {"style_image", "loss_weights", "init_from"}
    return {
        key: Path(value).name if key in files and isinstance(value, str | Path) else value
        for key, value in values.items()
        if key not in private
    }


def option_name(field_name: str) -> str:
    """Return the command-line spelling of a field: ``batch_size`` → ``--batch-size``."""
    return "--" + field_name.replace("_", "-")

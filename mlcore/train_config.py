"""Every training option once: its type, default, unit and help; the command line is built from this."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mlcore.errors import ConfigError
from mlcore.vgg_features import LossNetworkName

LrSchedule = Literal["constant", "cosine"]


def _option(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """What one training run does. Raises ConfigError on values that cannot work."""

    content_dir: Path = field(metadata={"help": "folder of photos to train on"})
    style_image: Path = field(metadata={"help": "the painting whose style is learnt"})
    checkpoint_dir: Path = _option(Path("checkpoints"), "folder for checkpoints, final_model.pth and the style file")
    output_dir: Path = _option(Path("outputs"), "folder for sample pictures: photo | stylized")
    resume: Path | None = _option(None, "checkpoint (.pth) to go on from")
    init_from: Path | None = _option(None, "trained style to start from instead of from random weights")
    batch_size: int = _option(4, "photos a step")
    image_size: int = _option(256, "side of the square training photos, pixels")
    style_size: int = _option(256, "shorter side of the style image, pixels; larger gives finer brushwork")
    lr: float = _option(1e-3, "Adam's learning rate")
    lr_schedule: LrSchedule = _option("constant", "learning rate after warm-up; cosine falls to a tenth")
    warmup_steps: int = _option(50, "steps of linear learning rate warm-up")
    max_steps: int = _option(40_000, "steps in all, resumed ones counted")
    num_workers: int = _option(4, "processes that load photos; 0 loads in this one")
    content_weight: float = _option(1.0, "factor of the content loss")
    style_weight: float = _option(1e6, "factor of the style loss")
    style_ramp_start: int = _option(150, "step up to which only content counts")
    style_ramp_end: int = _option(700, "step from which the style weight is full; it rises linearly")
    tv_weight: float = _option(1e-6, "factor of the total variation loss")
    saturation_weight: float = _option(0.2, "factor of the penalty on values before the final tanh beyond ±2; 0 is off")
    augment: bool = _option(False, "random crop (40–100%% of the area) and flip of the photos")
    checkpoint_interval: int = _option(2000, "steps between checkpoints")
    sample_interval: int = _option(500, "steps between sample pictures")
    log_interval: int = _option(100, "steps between log lines")
    loss_network: LossNetworkName = _option("vgg19", "network that measures content and style")
    loss_weights: Path | None = _option(None, "its weights file; default: torchvision's, downloaded once")
    use_amp: bool = _option(False, "mixed precision: float16 on CUDA, bfloat16 elsewhere")
    cpu: bool = _option(False, "train on the CPU even where there is a GPU")
    seed: int = _option(0, "fixes first weights, photo order and crops")

    def __post_init__(self) -> None:
        positive = ("batch_size", "max_steps", "checkpoint_interval", "sample_interval", "log_interval", "lr")
        for name in positive:
            if getattr(self, name) <= 0:
                raise ConfigError(f"{option_name(name)} must be above 0, not {getattr(self, name)}.")
        not_negative = (
            *("num_workers", "warmup_steps", "style_ramp_start", "content_weight", "style_weight"),
            *("tv_weight", "saturation_weight", "seed"),
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

    def as_json(self) -> dict[str, Any]:
        """Return the values as JSON types; paths in full, to be kept on this machine."""
        return {
            key: str(value) if isinstance(value, Path) else value for key, value in dataclasses.asdict(self).items()
        }

    def recipe(self) -> dict[str, Any]:
        """Return what someone else needs to repeat the run, without this machine's folders."""
        private = {"content_dir", "checkpoint_dir", "output_dir", "resume", "num_workers", "cpu"}
        values = {key: value for key, value in dataclasses.asdict(self).items() if key not in private}
        return {key: value.name if isinstance(value, Path) else value for key, value in values.items()}


def option_name(field_name: str) -> str:
    """Return the command-line spelling of a field: ``batch_size`` → ``--batch-size``."""
    return "--" + field_name.replace("_", "-")

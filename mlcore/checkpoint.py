"""Style files and training checkpoints: written so that a crash leaves the old file, read without running code."""

from __future__ import annotations

import io
import json
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import Tensor

from mlcore.errors import CheckpointError
from mlcore.image_io import write_atomically
from mlcore.transformer_network import TransformerNetwork

FORMAT_VERSION = 1
ARCHITECTURE = "TransformerNetwork"
MAX_FILE_BYTES = 128 * 2**20
"""A training checkpoint with Adam's two moments is 20 MB; anything far above is not one of ours."""


@dataclass(frozen=True)
class StyleMetadata:
    """What a style file says of its own making."""

    config: dict[str, Any] = field(default_factory=dict)
    step: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    loss_network: str = ""

    def as_strings(self) -> dict[str, str]:
        """Return safetensors metadata: strings only, structured values as JSON."""
        return {
            "format_version": str(FORMAT_VERSION),
            "architecture": ARCHITECTURE,
            "architecture_args": "{}",
            "config": json.dumps(self.config, sort_keys=True),
            "step": str(self.step),
            "losses": json.dumps(self.losses, sort_keys=True),
            "loss_network": self.loss_network,
        }

    @classmethod
    def from_strings(cls, strings: dict[str, str]) -> StyleMetadata:
        """Read safetensors metadata; a file without ours (converted elsewhere) gives empty values.

        Raises:
            CheckpointError: made by a later version, for another architecture, or with damaged values.
        """
        if "format_version" not in strings:
            return cls()
        try:
            version = int(strings["format_version"])
            metadata = cls(
                config=dict(json.loads(strings.get("config", "{}"))),
                step=int(strings.get("step", "0")),
                losses=dict(json.loads(strings.get("losses", "{}"))),
                loss_network=strings.get("loss_network", ""),
            )
        except (ValueError, TypeError) as error:
            raise CheckpointError(f"The style file's metadata is damaged: {error}") from error
        if version > FORMAT_VERSION:
            raise CheckpointError(f"The style file has format {version}, this version reads up to {FORMAT_VERSION}.")
        if strings.get("architecture", ARCHITECTURE) != ARCHITECTURE:
            raise CheckpointError(
                f"The style file is for {strings['architecture']!r}, this version has {ARCHITECTURE}."
            )
        return metadata


def save_style_file(path: Path, network: TransformerNetwork, metadata: StyleMetadata) -> None:
    """Write a style file: float16 weights (3.4 MB; the rounding moves no pixel by more than one level) and metadata."""
    state = {key: value.detach().cpu().to(torch.float16).contiguous() for key, value in network.state_dict().items()}
    write_atomically(path, save_safetensors(state, metadata=metadata.as_strings()))


def load_style(path: Path) -> tuple[TransformerNetwork, StyleMetadata]:
    """Read a style file, a training checkpoint or a plain state dict into a float32 network in eval mode.

    The kind is told by content, not by name. No code in the file is ever run.

    Raises:
        CheckpointError: missing, too large, damaged, or not this network; the message names the key or shape.
    """
    content = _read_bounded(path)
    if content[:2] == b"PK" or content[:1] == b"\x80":
        state, metadata = _from_pickle(content, path)
    else:
        state, metadata = _from_safetensors(content, path)
    network = TransformerNetwork()
    _check_state(state, network.state_dict(), path)
    network.load_state_dict({key: value.float() for key, value in state.items()})
    return network.eval().requires_grad_(False), metadata


def save_training_checkpoint(path: Path, checkpoint: dict[str, Any]) -> None:
    """Write ``step, model_state_dict, optimizer_state_dict, loss, config`` and what else resuming needs."""
    buffer = io.BytesIO()
    torch.save(checkpoint, buffer)
    write_atomically(path, buffer.getvalue())


def load_training_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint to resume from, tensors on the CPU.

    Raises:
        CheckpointError: missing, damaged, or not a training checkpoint.
    """
    loaded = _unpickle(_read_bounded(path), path)
    missing = {"step", "model_state_dict", "optimizer_state_dict", "loss", "config"} - set(loaded)
    if missing:
        raise CheckpointError(
            f"{path} cannot be resumed: it has no {', '.join(sorted(missing))}. Give a checkpoint_*.pth of a run "
            "to --resume, or a finished style to --init-from."
        )
    _check_state(loaded["model_state_dict"], TransformerNetwork().state_dict(), path)
    return loaded


def _read_bounded(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise CheckpointError(
                f"{path.name} has {size / 2**20:.0f} MB; a checkpoint of this network has at most "
                f"{MAX_FILE_BYTES / 2**20:.0f} MB."
            )
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"The checkpoint {path} cannot be read: {error.strerror}.") from error


def _from_safetensors(content: bytes, path: Path) -> tuple[dict[str, Tensor], StyleMetadata]:
    try:
        state = load_safetensors(content)
    except safetensors.SafetensorError as error:
        raise CheckpointError(
            f"{path.name} is neither a safetensors file nor a PyTorch checkpoint ({error})."
        ) from error
    header_length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + header_length])
    return state, StyleMetadata.from_strings(header.get("__metadata__", {}))


def _from_pickle(content: bytes, path: Path) -> tuple[dict[str, Tensor], StyleMetadata]:
    loaded = _unpickle(content, path)
    if "model_state_dict" not in loaded:
        return loaded, StyleMetadata()
    step, config = loaded.get("step"), loaded.get("config")
    return loaded["model_state_dict"], StyleMetadata(
        config=config if isinstance(config, dict) else {}, step=step if isinstance(step, int) else 0
    )


def _unpickle(content: bytes, path: Path) -> dict[str, Any]:
    try:
        loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path.name} holds more than plain tensors, so it is refused: loading it could run code. "
            "Save it again as a state dict or as safetensors.",
            code="checkpoint_unsafe",
        ) from error
    except (RuntimeError, OSError, ValueError, EOFError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise CheckpointError(f"{path.name} is damaged or no PyTorch checkpoint ({error}).") from error
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path.name} holds a {type(loaded).__name__}, not a state dict.")
    return loaded


def _check_state(state: Any, wanted: dict[str, Tensor], path: Path) -> None:
    if not isinstance(state, dict):
        raise CheckpointError(f"{path.name} has a state dict that is no dict but {type(state).__name__}.")
    missing, unknown = sorted(wanted.keys() - state.keys()), sorted(map(str, state.keys() - wanted.keys()))
    if missing:
        raise CheckpointError(
            f"{path.name} is not a {ARCHITECTURE}: it has no {missing[0]!r} ({len(missing)} missing)."
        )
    if unknown:
        raise CheckpointError(
            f"{path.name} is not a {ARCHITECTURE}: it has an unknown {unknown[0]!r} ({len(unknown)} unknown)."
        )
    for key, reference in wanted.items():
        value = state[key]
        if not isinstance(value, Tensor) or not value.is_floating_point():
            raise CheckpointError(f"{path.name}: {key!r} is not a tensor of floating point numbers.")
        if value.shape != reference.shape:
            raise CheckpointError(
                f"{path.name}: {key!r} has shape {tuple(value.shape)}, the network needs {tuple(reference.shape)}."
            )
        if not torch.isfinite(value).all():
            raise CheckpointError(f"{path.name}: {key!r} holds NaN or infinite values; the training has diverged.")

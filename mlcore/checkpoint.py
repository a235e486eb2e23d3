"""Style files and training checkpoints: written so that a crash leaves the old file, read without running code."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors

from mlcore.errors import CheckpointError, OutOfMemory, is_out_of_memory
from mlcore.foreign_checkpoint import find_state, to_own_state
from mlcore.image_io import write_atomically
from mlcore.state_dict_check import check_state
from mlcore.style_metadata import ARCHITECTURE, StyleMetadata
from mlcore.train_config import public_recipe
from mlcore.transformer_network import TransformerNetwork

MAX_FILE_BYTES = 128 * 2**20
"""A training checkpoint with Adam's two moments is 20 MB; anything far above is not one of ours."""


def save_style_file(path: Path, network: TransformerNetwork, metadata: StyleMetadata) -> None:
    """Write a style file: float16 weights (3.4 MB; the rounding moves pixels by a level or two of 255) and metadata.

    The network's output is kept, whatever the metadata say of it.

    Raises:
        CheckpointError: a weight is beyond what float16 holds (±65,504), which no trained style is.
        OSError: the file cannot be written.
    """
    state = {key: value.detach().cpu().to(torch.float16).contiguous() for key, value in network.state_dict().items()}
    for key, value in state.items():
        if not torch.isfinite(value).all():
            raise CheckpointError(f"{key!r} holds values beyond ±65,504, which a style file cannot keep.")
    strings = replace(metadata, output=network.output).as_strings()
    write_atomically(path, _with_sorted_header(save_safetensors(state, metadata=strings)))


def _with_sorted_header(content: bytes) -> bytes:
    """Make the same style give the same bytes: safetensors writes the metadata in an order that changes every time."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)  # the format asks for data aligned to 8 bytes
    return len(header).to_bytes(8, "little") + header + content[end:]


def load_style(path: Path) -> tuple[TransformerNetwork, StyleMetadata]:
    """Read a style file, a training checkpoint or a state dict into a float32 network in eval mode.

    The kind is told by content, not by name; :mod:`mlcore.foreign_checkpoint` says which state dicts from elsewhere are
    converted. No code in the file is ever run.

    Raises:
        CheckpointError: missing, too large, damaged, or not this network; the message names the key or shape.
        OutOfMemory: the file unpacks to more than there is room for.
    """
    content = _read_bounded(path)
    if content[:2] == b"PK" or content[:1] == b"\x80":
        state, metadata = _from_pickle(content, path)
    else:
        state, metadata = _from_safetensors(content, path)
    own_state, output = to_own_state(state, path.name)
    if output != "tanh":
        metadata = replace(metadata, output=output)
    network = TransformerNetwork(metadata.output)
    network.load_state_dict(own_state)
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
    state = loaded["model_state_dict"]
    if not isinstance(state, dict):
        raise CheckpointError(f"{path.name} has a state dict that is no dict but {type(state).__name__}.")
    check_state(state, TransformerNetwork().state_dict(), f"a {ARCHITECTURE}", path.name)
    return loaded


def _read_bounded(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise CheckpointError(f"The checkpoint {path} is not a file.")
        if size > MAX_FILE_BYTES:
            raise CheckpointError(
                f"{path.name} has {size / 2**20:.0f} MB; a checkpoint of this network has at most "
                f"{MAX_FILE_BYTES / 2**20:.0f} MB."
            )
        return path.read_bytes()
    except MemoryError as error:
        raise _too_much_memory(path) from error
    except OSError as error:
        raise CheckpointError(f"The checkpoint {path} cannot be read: {error.strerror}.") from error


def _from_safetensors(content: bytes, path: Path) -> tuple[Mapping[Any, Any], StyleMetadata]:
    try:
        state = load_safetensors(content)
    except safetensors.SafetensorError as error:
        raise CheckpointError(
            f"{path.name} is neither a safetensors file nor a PyTorch checkpoint ({error})."
        ) from error
    # safetensors' reader of bytes leaves the metadata out; the header it has just checked is a length and JSON.
    header_length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + header_length])
    return state, StyleMetadata.from_strings(header.get("__metadata__", {}))


def _from_pickle(content: bytes, path: Path) -> tuple[Mapping[Any, Any], StyleMetadata]:
    loaded = _unpickle(content, path)
    state = find_state(loaded, path.name)
    if "model_state_dict" not in loaded:
        return state, StyleMetadata()
    config = loaded.get("config")
    # A checkpoint's configuration has folders of the machine it was made on, which are nobody's business.
    recipe = public_recipe(config) if isinstance(config, dict) else {}
    return state, StyleMetadata.of_untrusted(
        recipe, loaded.get("step"), {"total": loaded.get("loss")}, recipe.get("loss_network")
    )


def _unpickle(content: bytes, path: Path) -> dict[str, Any]:
    try:
        loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path.name} holds more than plain tensors, or is damaged, so it is refused: loading it could run code. "
            "Save it again as a state dict or as safetensors.",
            code="checkpoint_unsafe",
        ) from error
    except Exception as error:  # the reader raises nearly anything on damaged bytes
        if is_out_of_memory(error):
            raise _too_much_memory(path) from error
        raise CheckpointError(f"{path.name} is damaged or no PyTorch checkpoint ({_first_line(error)}).") from error
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path.name} holds a {type(loaded).__name__}, not a state dict.")
    return loaded


def _too_much_memory(path: Path) -> OutOfMemory:
    return OutOfMemory(f"{path.name} unpacks to more memory than there is.", code="checkpoint_too_large")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]

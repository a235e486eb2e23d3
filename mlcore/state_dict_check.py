"""Whether a stranger's state dict fits a network, and if not, which key and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mlcore.errors import CheckpointError

_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_UPSAMPLING = re.compile(r"(?:^|\.)(?:deconv|up|conv_?t|conv_out|conv[45]\.)", re.IGNORECASE)
_RUNNING_STATISTICS = (".running_mean", ".running_var", ".num_batches_tracked")


def check_state(state: Mapping[Any, Any], wanted: Mapping[str, Tensor], network: str, name: str) -> None:
    """Let pass a dict of exactly the ``wanted`` names and shapes, all plain, on the CPU, floating point and finite.

    Args:
        state: what a file held, nothing of it checked.
        wanted: names and shapes; the values do not matter.
        network: what the message calls the network that is wanted.
        name: what the message calls the file.

    Raises:
        CheckpointError: it does not fit; the message names the key or shape and, where it can be told, why.
    """
    _refuse_other_networks(state, name)
    missing, unknown = sorted(wanted.keys() - state.keys()), sorted(map(_shown, state.keys() - wanted.keys()))
    if missing:
        instead = f", but {unknown[0]} ({len(unknown)} unknown)" if unknown else ""
        raise CheckpointError(f"{name} is not {network}: it has no {missing[0]!r} ({len(missing)} missing){instead}.")
    if unknown:
        raise CheckpointError(f"{name} is not {network}: it has an unknown {unknown[0]} ({len(unknown)} unknown).")
    for key, reference in wanted.items():
        value = state[key]
        if not is_plain(value) or value.dtype not in _DTYPES:
            raise CheckpointError(f"{name}: {key!r} is not a plain tensor of floating point numbers.")
        if value.shape != reference.shape:
            raise CheckpointError(
                f"{name}: {key!r} has shape {tuple(value.shape)}, the network needs {tuple(reference.shape)}"
                f"{_reason(value.shape, reference.shape)}."
            )
        if not torch.isfinite(value).all():
            raise CheckpointError(f"{name}: {key!r} holds NaN or infinite values; the training has diverged.")


def is_plain(value: Any) -> bool:
    """Return whether this is a tensor with its numbers in main memory: sparse and device-less ones unpickle too."""
    return isinstance(value, Tensor) and value.layout == torch.strided and value.device.type == "cpu"


def _refuse_other_networks(state: Mapping[Any, Any], name: str) -> None:
    """Say what a network of another kind does that this one does not, before its names are found to be unknown."""
    for key, value in state.items():
        if not isinstance(key, str):
            continue
        if key.endswith(_RUNNING_STATISTICS):
            raise CheckpointError(
                f"{name}: {_shown(key)} belongs to a normalisation that paints with statistics of its training photos "
                "(BatchNorm, or InstanceNorm with track_running_stats). This network normalises every photo by its "
                "own, so it would paint other pictures."
            )
        # A convolution's weight is (out, in, k, k), a transposed one's (in, out, k, k), and here channels get fewer.
        kernel = isinstance(value, Tensor) and value.dim() == 4
        if kernel and value.shape[0] > value.shape[1] and _UPSAMPLING.search(key):
            raise CheckpointError(
                f"{name}: {_shown(key)} has shape {tuple(value.shape)}, input channels first: it upsamples by a "
                "transposed convolution. This network repeats pixels and then convolves; the weights cannot be "
                "converted."
            )


def _reason(shape: torch.Size, wanted: torch.Size) -> str:
    if len(shape) != len(wanted):
        return ""
    if shape[2:] != wanted[2:]:
        return ": another kernel size"
    return ": a network of another width"


def _shown(key: object) -> str:
    return repr(str(key)[:80])

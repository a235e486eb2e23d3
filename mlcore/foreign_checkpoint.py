"""State dicts from elsewhere: wrapped, prefixed, or of the fast_neural_style network in the PyTorch examples project.

That network has this one's layers by other names and another convention: RGB from 0 to 255 goes in and comes out, and
nothing follows the last convolution. Converted, it takes and gives [0, 1]: ``conv1(255·x) = (255·W)∗x + b``, so 255
goes into the first weights and 1/255 into the last weights and bias, and the output is "linear". No other step depends
on the range, so the pictures are the same.

Names do not tell the convention. A network of these names that was trained for another range of input differs little,
because instance normalisation after ``conv1`` takes scale and offset away; one with another range of output paints
black, grey or mostly clipped pictures, which the trial in ``checkpoint_verification`` finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mlcore.errors import CheckpointError
from mlcore.network_output import Output
from mlcore.state_dict_check import check_state, is_plain
from mlcore.style_metadata import ARCHITECTURE
from mlcore.transformer_network import TransformerNetwork

WRAPPERS = (
    *("model_state_dict", "state_dict", "model_state", "model", "net", "network"),
    *("generator", "transformer", "transformer_net", "style_model", "params", "weights"),
)
"""Keys of a checkpoint under which others keep the state dict, in order of preference."""

MAX_LEVELS = 2
"""How deep a state dict may lie in dicts of these keys."""

FULL_RANGE = 255.0
"""White, where the PyTorch examples' network is used."""

_PREFIXES = re.compile(r"(?:(?:module|_orig_mod)\.)+")
_INSTANCE_NORM_STATISTIC = re.compile(r"(?:.+\.)?in\d\.(running_mean|running_var|num_batches_tracked)")
_EXAMPLES_KEY = re.compile(r"(?:conv[123]|deconv[123])\.conv2d\..+|(?:res[1-5]|deconv[123])\..+")
_FACTORS = {"conv1.weight": FULL_RANGE, "conv_out.weight": 1 / FULL_RANGE, "conv_out.bias": 1 / FULL_RANGE}
_EXAMPLES_NAMES = {"conv4": "deconv1", "conv5": "deconv2", "conv_out": "deconv3"}


def find_state(loaded: Mapping[Any, Any], name: str) -> Mapping[Any, Any]:
    """Return the state dict in what a file held: that itself, or a dict under one of :data:`WRAPPERS` within it.

    Raises:
        CheckpointError: there is no tensor where a state dict should be.
    """
    state = loaded
    for _ in range(MAX_LEVELS):
        inner = next((state[key] for key in WRAPPERS if isinstance(state.get(key), dict)), None)
        if inner is None:
            break
        state = inner
    if not any(isinstance(value, Tensor) for value in state.values()):
        kinds = ", ".join(f"{str(key)[:40]!r} ({type(value).__name__})" for key, value in list(state.items())[:5])
        raise CheckpointError(f"{name} holds no state dict: there is no tensor under {kinds or 'any key'}.")
    return state


def to_own_state(state: Mapping[Any, Any], name: str) -> tuple[dict[str, Tensor], Output]:
    """Return float32 weights by the names of ``TransformerNetwork``, and the output that they were trained with.

    ``module.`` (DataParallel) and ``_orig_mod.`` (compile) before the names go, as do the running statistics that
    InstanceNorm of old versions saved without using them.

    Args:
        state: a state dict, nothing of it checked: our names, or those of the PyTorch examples.
        name: what messages call the file.

    Raises:
        CheckpointError: it does not fit; the message names the key or shape, as the file spells it, and why.
    """
    state = _without_unused_statistics(_without_prefixes(state, name))
    with torch.device("meta"):
        wanted = TransformerNetwork().state_dict()
    if not any(isinstance(key, str) and _EXAMPLES_KEY.fullmatch(key) for key in state):
        check_state(state, wanted, f"a {ARCHITECTURE}", name)
        return _as_float32(state, {key: (key, 1.0) for key in wanted}, name), "tanh"
    names = {key: _examples_name(key) for key in wanted}
    check_state(
        state, {names[key]: wanted[key] for key in wanted}, "a fast_neural_style network of the PyTorch examples", name
    )
    return _as_float32(state, {key: (names[key], _FACTORS.get(key, 1.0)) for key in wanted}, name), "linear"


def _as_float32(state: Mapping[Any, Any], sources: Mapping[str, tuple[str, float]], name: str) -> dict[str, Tensor]:
    """Return the weights of a checked state dict by our names; ``sources`` has the file's names and what multiplies."""
    own = {}
    for key, (theirs, factor) in sources.items():
        own[key] = state[theirs].detach().float() * factor
        if not torch.isfinite(own[key]).all():
            raise CheckpointError(f"{name}: {theirs!r} holds values too large for float32; the training has diverged.")
    return own


def _examples_name(key: str) -> str:
    """Return what the PyTorch examples call this weight of ours."""
    if block := re.fullmatch(r"res_blocks\.(\d)\.(.+)", key):
        return f"res{int(block[1]) + 1}.{_examples_name(block[2])}"
    layer, kind = key.split(".")
    if layer.startswith("conv"):
        return f"{_EXAMPLES_NAMES.get(layer, layer)}.conv2d.{kind}"
    return key


def _without_prefixes(state: Mapping[Any, Any], name: str) -> dict[Any, Any]:
    plain: dict[Any, Any] = {}
    for key, value in state.items():
        short = _PREFIXES.sub("", key, count=1) if isinstance(key, str) and _PREFIXES.match(key) else key
        if short in plain:
            raise CheckpointError(f"{name} has {str(short)[:80]!r} twice, with and without a prefix.")
        plain[short] = value
    return plain


def _without_unused_statistics(state: dict[Any, Any]) -> dict[Any, Any]:
    """Drop statistics of instance norms, but not where they were counted: then they are what the network paints with.

    InstanceNorm always saved them until PyTorch 0.3, never used. Since 0.4 it has them only when asked to track them,
    counts the batches, and uses them in eval mode.
    """
    unused = {key for key in state if isinstance(key, str) and _INSTANCE_NORM_STATISTIC.fullmatch(key)}
    counts = [state[key] for key in unused if key.endswith("num_batches_tracked")]
    if not all(is_plain(count) and torch.equal(count, torch.tensor(0)) for count in counts):
        return state
    return {key: value for key, value in state.items() if key not in unused}

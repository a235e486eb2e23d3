"""What a style file says of its own making, read as text from a stranger."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast, get_args

from mlcore.errors import CheckpointError
from mlcore.network_output import Output

FORMAT_VERSION = 2
"""2 has architecture arguments. A style that needs none is still written as 1, byte for byte."""
ARCHITECTURE = "TransformerNetwork"

Value = str | int | float | bool | None

_MAX_ENTRIES = 64
_MAX_TEXT = 500
_MAX_INT = 2**53  # what JSON readers keep exactly


@dataclass(frozen=True)
class StyleMetadata:
    """Training configuration, step, weighted losses and loss network; empty where the file does not say."""

    config: dict[str, Value] = field(default_factory=dict)
    step: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    loss_network: str = ""
    output: Output = "tanh"
    """The network's, an argument of the architecture."""

    def as_strings(self) -> dict[str, str]:
        """Return safetensors metadata: strings only, structured values as JSON."""
        arguments = {} if self.output == "tanh" else {"output": self.output}
        return {
            # Readers of version 1 know no arguments and would paint wrong colours.
            "format_version": str(FORMAT_VERSION if arguments else 1),
            "architecture": ARCHITECTURE,
            "architecture_args": json.dumps(arguments),
            "config": json.dumps(self.config, sort_keys=True),
            "step": str(self.step),
            "losses": json.dumps(self.losses, sort_keys=True),
            "loss_network": self.loss_network,
        }

    @classmethod
    def from_strings(cls, strings: Mapping[str, str]) -> StyleMetadata:
        """Read safetensors metadata; a file without ours (converted elsewhere) gives empty values.

        Raises:
            CheckpointError: made by a later version, for another architecture, or with damaged values.
        """
        if "format_version" not in strings:
            return cls()
        try:
            version = int(strings["format_version"])
            config, losses, arguments = (
                json.loads(strings.get(key, "{}")) for key in ("config", "losses", "architecture_args")
            )
            step = int(strings.get("step", "0"))
        except (ValueError, RecursionError) as error:
            raise CheckpointError(f"The style file's metadata is damaged: {error}") from error
        if version > FORMAT_VERSION:
            raise CheckpointError(f"The style file has format {version}, this version reads up to {FORMAT_VERSION}.")
        architecture = strings.get("architecture", ARCHITECTURE)
        if architecture != ARCHITECTURE:
            raise CheckpointError(f"The style file is for {architecture[:80]!r}, this version has {ARCHITECTURE}.")
        metadata = cls.of_untrusted(config, step, losses, strings.get("loss_network", ""))
        return replace(metadata, output=_output(arguments))

    @classmethod
    def of_untrusted(cls, config: object, step: object, losses: object, loss_network: object) -> StyleMetadata:
        """Keep what is plain and of sensible size, so that it can be stored and shown; drop the rest."""
        return cls(
            config=_plain_values(config),
            step=step if isinstance(step, int) and not isinstance(step, bool) and 0 <= step <= _MAX_INT else 0,
            losses={
                key: float(value)
                for key, value in _plain_values(losses).items()
                if isinstance(value, int | float) and not isinstance(value, bool)
            },
            loss_network=loss_network if isinstance(loss_network, str) and _is_plain_text(loss_network) else "",
        )


def _output(arguments: object) -> Output:
    unknown = arguments.keys() - {"output"} if isinstance(arguments, dict) else {type(arguments).__name__}
    if unknown or not isinstance(arguments, dict):
        raise CheckpointError(
            f"The style file's architecture_args hold {min(unknown)[:80]!r}, which this version does not know."
        )
    output = arguments.get("output", "tanh")
    for known in get_args(Output):
        if output == known:
            return cast(Output, known)
    raise CheckpointError(
        f"The style file's network ends in the output {str(output)[:80]!r}; this version knows "
        f"{' and '.join(get_args(Output))}."
    )


def _plain_values(values: object) -> dict[str, Value]:
    if not isinstance(values, dict):
        return {}
    kept = {
        key: value
        for key, value in values.items()
        if isinstance(key, str) and _is_plain_text(key) and (value is None or _is_plain(value))
    }
    return dict(list(kept.items())[:_MAX_ENTRIES])


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return _is_plain_text(value)
    if isinstance(value, float):
        return math.isfinite(value)  # NaN and infinity are no JSON
    return isinstance(value, int) and abs(value) <= _MAX_INT


def _is_plain_text(text: str) -> bool:
    return len(text) <= _MAX_TEXT and text.isprintable()

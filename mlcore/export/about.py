"""What an exported file says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from mlcore.engines.padded_pixels import MIN_SIDE
from mlcore.engines.tensor_names import INPUT_NAME, OUTPUT_NAME
from mlcore.errors import ConfigError
from mlcore.version import easel_version

_MAX_TEXT = 500


@dataclass(frozen=True)
class About:
    """Where an exported file comes from and who may use it; an unknown value is empty.

    Raises:
        ConfigError: a text is too long or has line breaks or control characters.
    """

    style: str
    style_sha256: str
    """Of the checkpoint that was exported, hexadecimal."""
    licence: str = ""

    def __post_init__(self) -> None:
        for option, text in (("--name", self.style), ("--licence", self.licence)):
            if len(text) > _MAX_TEXT or not text.isprintable():
                raise ConfigError(f"{option} must be one printable line of at most {_MAX_TEXT} characters.")

    def as_strings(self) -> dict[str, str]:
        """Return the metadata to put into a file; what is unknown is left out."""
        values = {
            "style": self.style,
            "style_sha256": self.style_sha256,
            "licence": self.licence,
            "producer": f"Easel {easel_version()}",
            "input": f"{INPUT_NAME}: float32, N×3×H×W, RGB in [0, 1], H and W at least {MIN_SIDE}",
            "output": f"{OUTPUT_NAME}: float32, the shape and range of the input",
        }
        return {key: value for key, value in values.items() if value}

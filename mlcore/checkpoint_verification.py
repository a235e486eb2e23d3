"""Turning a stranger's checkpoint into a style: checked, tried, converted, with a preview."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from mlcore.checkpoint import load_style, save_style_file
from mlcore.errors import CheckpointError
from mlcore.image_io import save_image
from mlcore.image_tensor import image_to_tensor, tensor_to_image
from mlcore.style_metadata import StyleMetadata
from mlcore.stylize import stylize_tensor
from mlcore.transformer_network import TransformerNetwork

MIN_CONTRAST = 0.01
"""Standard deviation over a painting below which there is nothing to see on it; the range is 0 to 1."""

MAX_CLIPPED = 0.5
"""Share of a painting's values beyond black or white above which a network was made for another range."""


@dataclass(frozen=True)
class VerifiedStyle:
    """A style file and preview that were written, and what the checkpoint says of itself."""

    sha256: str
    """Of the style file, hexadecimal."""
    bytes: int
    """Size of the style file."""
    source_sha256: str
    """Of the checkpoint as it came."""
    preview_width: int
    preview_height: int
    clipped: float
    """Share of the preview's values that are black or white to the last digit, 0 to 1: what a range cuts off."""
    metadata: StyleMetadata

    def as_json(self) -> dict[str, Any]:
        """Return JSON types; the metadata's fields stand beside the others."""
        values = asdict(self)
        metadata: dict[str, Any] = values.pop("metadata")
        return values | metadata


def verify_checkpoint(checkpoint: Path, style_file: Path, preview: Path, photo: Image.Image) -> VerifiedStyle:
    """Check a checkpoint by painting ``photo`` (RGB) with it; write the float16 style file and the preview.

    Nothing is written unless all is well. The preview is painted with the converted weights, as every later photo is.

    Raises:
        CheckpointError: not readable, not this network, or what it paints is not finite, of one flat colour, or mostly
            beyond black and white.
        OutOfMemory: it unpacks to more than there is room for.
        OSError: a file cannot be written.
    """
    network, metadata = load_style(checkpoint)
    with torch.inference_mode():
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())
    painted = stylize_tensor(network, image_to_tensor(photo))
    if not torch.isfinite(painted).all():
        raise CheckpointError(
            "This network paints values that are not finite numbers; its training has diverged.",
            code="checkpoint_not_finite",
        )
    if painted.std().item() < MIN_CONTRAST:
        raise CheckpointError(
            "This network paints every photo in one flat colour; it has not learnt a style" + _convention(network),
            code="checkpoint_flat",
        )
    clipped = ((painted <= 0) | (painted >= 1)).float().mean().item()
    if network.output == "linear" and clipped > MAX_CLIPPED:
        raise CheckpointError(
            f"Of what this network paints, {clipped:.0%} is beyond black or white; it has not learnt a style"
            + _convention(network),
            code="checkpoint_range",
        )
    save_style_file(style_file, network, metadata)
    save_image(tensor_to_image(painted), preview)
    content = style_file.read_bytes()
    return VerifiedStyle(
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        source_sha256=hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        preview_width=photo.width,
        preview_height=photo.height,
        clipped=round(clipped, 4),
        metadata=metadata,
    )


def _convention(network: TransformerNetwork) -> str:
    """Say what the names of a network's weights cannot: for which range of values it was taken to be trained."""
    if network.output == "tanh":
        return "."
    return (
        ", or was trained for another range of values: a network with the names of the PyTorch examples is taken to "
        "give RGB from 0 to 255."
    )

"""Options that several commands have in common, and how their values are read."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Literal

from mlcore.image_io import ORIGINAL
from mlcore.loss_network_name import LOSS_NETWORKS

MIN_IMAGE_SIZE = 1
MAX_IMAGE_SIZE = 16_384
"""WebP's limit, and far beyond what fits into the memory of an ordinary machine."""


def add_loss_network_options(parser: argparse.ArgumentParser) -> None:
    """Add --loss-network and --loss-weights."""
    parser.add_argument(
        "--loss-network",
        choices=LOSS_NETWORKS,
        default="vgg19",
        help="network that measures content and style (default: %(default)s)",
    )
    parser.add_argument(
        "--loss-weights",
        type=Path,
        metavar="PATH",
        help="its weights, .safetensors or .pth (default: torchvision's, downloaded once)",
    )


def add_cpu_option(parser: argparse.ArgumentParser) -> None:
    """Add --cpu."""
    parser.add_argument("--cpu", action="store_true", help="compute on the CPU even where there is a GPU (default: no)")


def output_size(text: str) -> int | Literal["original"]:
    """Read a longest side in pixels, or "original"; for argparse."""
    if text == ORIGINAL:
        return ORIGINAL
    return pixels(text)


def pixels(text: str) -> int:
    """Read a side in pixels; for argparse."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not MIN_IMAGE_SIZE <= value <= MAX_IMAGE_SIZE:
        raise argparse.ArgumentTypeError(f"{text!r} is not from {MIN_IMAGE_SIZE} to {MAX_IMAGE_SIZE} pixels")
    return value


def positive_int(text: str) -> int:
    """Read a whole number above 0; for argparse."""
    return _whole_number(text, 1, "a whole number above 0")


def whole_number(text: str) -> int:
    """Read a whole number, 0 or more; for argparse."""
    return _whole_number(text, 0, "a whole number, 0 or more")


def _whole_number(text: str, least: int, what: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value


def weight(text: str) -> float:
    """Read the factor of a loss term, 0 or more; for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, 0 or more")
    return value

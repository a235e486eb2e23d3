"""Choosing where to compute."""

from __future__ import annotations

import torch


def select_device(*, cpu: bool = False) -> torch.device:
    """Return CUDA, then Apple's MPS, then CPU, whichever is there first; ``cpu=True`` forces the CPU."""
    if not cpu:
        if torch.cuda.is_available():
            return torch.device("cuda")
        if torch.backends.mps.is_available():
            return torch.device("mps")
    return torch.device("cpu")


def describe_device(device: torch.device) -> str:
    """Return the device's name with its memory or thread count, for a person to read."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    if device.type == "mps":
        return "Apple GPU (MPS)"
    return f"CPU, {torch.get_num_threads()} threads"

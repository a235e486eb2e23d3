"""The arithmetic of the painting network, counted from the network itself."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from mlcore.transformer_network import TransformerNetwork


def gigaflop(height: int, width: int) -> float:
    """Return the billions of additions and multiplications of one forward pass as the layers are written.

    Convolutions only; the rest is a hundredth. Engines that fold layers or use Winograd's filtering do with fewer.

    Args:
        height: multiple of 4, as ``width``; nothing of that size is computed.
    """
    with torch.device("meta"):
        network, photo = TransformerNetwork().eval(), torch.empty(1, 3, height, width)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(photo)
    return float(counter.get_total_flops()) / 1e9

"""What follows a network's last convolution, by name; apart from the network, so that naming it loads no torch."""

from __future__ import annotations

from typing import Literal

Output = Literal["tanh", "linear"]
"""``(tanh(z) + 1) / 2``, which the trainer makes, or ``z`` clamped to [0, 1], for networks trained without a tanh."""

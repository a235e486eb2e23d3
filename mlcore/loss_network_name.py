"""The loss networks there are; apart from their code, so that options can be parsed without loading torch."""

from __future__ import annotations

from typing import Literal, get_args

LossNetworkName = Literal["vgg19", "vgg16"]
LOSS_NETWORKS: tuple[LossNetworkName, ...] = get_args(LossNetworkName)

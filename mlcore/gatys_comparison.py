"""A network against optimisation: how many evaluations of the objective its one pass is worth.

Figure 5 of Johnson et al. (ECCV 2016), where the network's objective meets that of 50 to 100 L-BFGS iterations.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mlcore.errors import ConfigError
from mlcore.losses import StyleTransferLoss
from mlcore.optimize import optimize

MARKS = (1, 5, 10, 20, 30, 50, 100, 150, 200, 300, 400, 500)
"""Evaluations that are told of; the last one always is."""
RATIO_AT = 20


@dataclass(frozen=True)
class Comparison:
    """Objectives of a network's painting and of the optimisation, of one photo or means over several."""

    network: float
    curve: tuple[float, ...]
    """The lowest objective up to evaluation 1, 2, …"""

    @property
    def matching(self) -> int | None:
        """The first evaluation whose objective is at or below the network's; ``None`` if none is."""
        return next((number for number, value in enumerate(self.curve, 1) if value <= self.network), None)

    @property
    def ratio(self) -> float | None:
        """The network's objective over that after :data:`RATIO_AT` evaluations; ``None`` if there were fewer."""
        return self.network / self.curve[RATIO_AT - 1] if len(self.curve) >= RATIO_AT else None

    @property
    def at_marks(self) -> dict[int, float]:
        """Evaluation → objective, at those of :data:`MARKS` that were reached and at the last."""
        marks = [mark for mark in MARKS if mark < len(self.curve)] + [len(self.curve)]
        return {mark: self.curve[mark - 1] for mark in marks}

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON types; ``matching`` is null where no evaluation was as good."""
        return {
            "network": self.network,
            "objective_at": {str(mark): value for mark, value in self.at_marks.items()},
            "matching_evaluation": self.matching,
            f"ratio_at_{RATIO_AT}": self.ratio,
            "curve": list(self.curve),
        }


def compare(
    loss: StyleTransferLoss,
    photo: Tensor,
    network_objective: float,
    evaluations: int,
    report: Callable[[], object] = lambda: None,
) -> Comparison:
    """Optimise a picture of ``photo`` from noise and hold it against what the network reached.

    Args:
        loss: the objective, with its style image set.
        photo: RGB in [0, 1], (1, 3, H, W), at least 16×16, on the device of the loss network.
        network_objective: of the network's painting.
        evaluations: at least 1.
        report: called after every evaluation.
    """
    curve = []
    for evaluation in optimize(loss, photo, evaluations=evaluations):
        curve.append(evaluation.objective)
        report()
    # An optimisation that has ended before would stay where it is.
    curve += curve[-1:] * (evaluations - len(curve))
    return Comparison(network_objective, tuple(curve))


def mean_comparison(comparisons: Sequence[Comparison]) -> Comparison:
    """Return the means over photos, whose curves are of one length; ``ratio`` then is the ratio of the means.

    Raises:
        ConfigError: there is no comparison.
    """
    if not comparisons:
        raise ConfigError("There is nothing to sum up: no photo was optimised.")
    return Comparison(
        statistics.fmean(one.network for one in comparisons),
        tuple(map(statistics.fmean, zip(*(one.curve for one in comparisons), strict=True))),
    )


def evenly_spaced(count: int, wanted: int) -> list[int]:
    """Return at most ``wanted`` indices from 0 to ``count`` − 1, evenly spaced."""
    wanted = min(count, wanted)
    return [index * count // wanted for index in range(wanted)]

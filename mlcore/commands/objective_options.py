"""The objective to measure on or to minimise: weights given on the command line, or those of a style's own recipe."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlcore.commands.options import weight
from mlcore.train_config import TrainConfig, option_name

Source = Literal["given", "recipe", "default"]
_NAMES = ("content_weight", "style_weight", "tv_weight")


@dataclass(frozen=True)
class Weights:
    """Factors of the three loss terms, and where each is from."""

    content_weight: float
    style_weight: float
    tv_weight: float
    sources: tuple[Source, Source, Source]

    @property
    def values(self) -> tuple[float, float, float]:
        """Content, style and TV weight."""
        return self.content_weight, self.style_weight, self.tv_weight

    def __str__(self) -> str:
        """Return the objective as a sum, with the sources."""
        terms = zip(self.values, ("content", "style", "TV"), self.sources, strict=True)
        return " + ".join(f"{value:g}·{term} ({source})" for value, term, source in terms)


def add_weight_options(parser: argparse.ArgumentParser, *, recipe: bool) -> None:
    """Add an option for each weight; with ``recipe``, what the style was trained with comes before the default."""
    for name, term in zip(_NAMES, ("content", "style", "total variation"), strict=True):
        usual = f"{getattr(TrainConfig, name):g}"
        parser.add_argument(
            option_name(name),
            type=weight,
            metavar="X",
            default=None if recipe else getattr(TrainConfig, name),
            help=f"factor of the {term} loss in the objective (default: "
            + (f"what the style was trained with, {usual} where its file does not say)" if recipe else f"{usual})"),
        )


def weights_for(options: Mapping[str, Any], recipe: Mapping[str, object]) -> Weights:
    """Return each weight as given, else from the recipe of a style file (untrusted), else the default."""
    chosen: list[tuple[float, Source]] = []
    for name in _NAMES:
        own = recipe.get(name)
        if options[name] is not None:
            chosen.append((options[name], "given"))
        elif isinstance(own, int | float) and not isinstance(own, bool) and math.isfinite(own) and own >= 0:
            chosen.append((float(own), "recipe"))
        else:
            chosen.append((getattr(TrainConfig, name), "default"))
    (content, style, tv), sources = zip(*chosen, strict=True)
    return Weights(content, style, tv, sources)

"""What ``evaluate`` prints: a line for every photo, the summary, and the comparison with optimisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlcore.commands.console import Console
from mlcore.commands.objective_options import Weights

if TYPE_CHECKING:
    from mlcore.gatys_comparison import Comparison
    from mlcore.metrics import PhotoMetrics, Summary


def print_photos(measured: Sequence[PhotoMetrics], console: Console) -> None:
    """Print one line a photo."""
    width = max(len("photo"), *(len(one.photo) for one in measured))
    console.print(
        f"{'photo':<{width}}  {'content':>9}  {'style':>9}  {'of photo':>9}  {'ratio':>6}  {'TV':>7}  "
        f"{'objective':>9}  {'SSIM':>5}  {'saturated':>9}"
    )
    for one in measured:
        console.print(
            f"{one.photo:<{width}}  {one.content_loss:>9.4g}  {one.style_distance:>9.3g}  "
            f"{one.photo_style_distance:>9.3g}  {one.style_ratio:>6.3f}  {one.tv_loss:>7.4f}  "
            f"{one.objective:>9.4g}  {one.ssim:>5.3f}  {one.saturated:>9.2%}"
        )


def print_summary(summary: Summary, weights: Weights, console: Console) -> None:
    """Print the means over the photos."""
    console.print(
        f"  style distance   {summary.style_distance:.4g}, the photos' own {summary.photo_style_distance:.4g}, "
        f"ratio {summary.style_ratio:.4f}"
    )
    console.print(f"  content loss     {summary.content_loss:.4g}")
    console.print(f"  total variation  {summary.tv_loss:.4g}")
    console.print(
        f"  objective        {summary.objective:.4g}: content {summary.weighted_content:.4g}, "
        f"style {summary.weighted_style:.4g}, TV {summary.weighted_tv:.2g}"
    )
    console.print(f"                   = {weights}")
    console.print(f"  SSIM to photo    {summary.ssim:.3f}, lowest {summary.ssim_lowest:.3f}")
    console.print(
        f"  saturated        {summary.saturated:.2%} of the pixels, highest {summary.saturated_highest:.2%}, "
        f"in the photos {summary.photo_saturated:.2%}"
    )


def print_comparisons(comparisons: Mapping[str, Comparison], mean: Comparison, console: Console) -> None:
    """Print the lowest objective up to some evaluations beside the network's, one line a photo and the means."""
    last = len(mean.curve)
    width = max(len("photo"), *(len(name) for name in comparisons))
    console.print(
        f"Optimisation (Gatys et al.) of {len(comparisons)} photos from noise, the same objective, after N evaluations:"
    )
    marks = "  ".join(f"{mark:>7}" for mark in mean.at_marks)
    console.print(f"{'photo':<{width}}  {'network':>7}  {marks}  {'matching':>8}")
    for name, one in [*comparisons.items(), ("mean", mean)]:
        values = "  ".join(f"{value:>7.4g}" for value in one.at_marks.values())
        matching = f">{last}" if one.matching is None else str(one.matching)
        console.print(f"{name:<{width}}  {one.network:>7.4g}  {values}  {matching:>8}")
    worth = f"more than {_evaluations(last)}" if mean.matching is None else _evaluations(mean.matching)
    console.print(f"One pass of the network is worth {worth}.")
    if mean.ratio is not None:
        console.print(f"The network's mean objective is {mean.ratio:.3f} times that after 20 evaluations.")


def _evaluations(count: int) -> str:
    return f"{count} evaluation{'' if count == 1 else 's'}"

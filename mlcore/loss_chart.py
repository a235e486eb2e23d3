"""A training run drawn: its losses, and below them learning rate and style weight. Needs no torch."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlcore.errors import MlcoreError
from mlcore.training_log import TrainingHistory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Series = NDArray[np.float64]

_INK, _FAINT = "#3a3f4b", "#8a90a0"
_COLOURS = {"total": "#22262f", "content": "#1f6feb", "style": "#e0582f"}
_LR_COLOUR, _WEIGHT_COLOUR = "#188a6b", _COLOURS["style"]
_BAD, _LABEL_GAP = "#c2185b", 0.048
_MOST_MARKS_NAMED = 8


class ChartError(MlcoreError):
    """The chart cannot be drawn."""

    code = "chart_not_drawn"


def loss_chart(history: TrainingHistory) -> bytes:
    """Return a PNG of 1600×1000 pixels: losses over steps on a logarithmic scale, smoothed over faint raw values.

    Raises:
        ChartError: no losses are logged yet, or Matplotlib cannot be loaded.
    """
    if not history.steps:
        raise ChartError("There are no losses to draw yet: they are logged every --log-interval steps.")
    try:
        # The object interface: pyplot would look for a screen and keep every figure alive.
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ChartError(f"Matplotlib cannot be loaded ({error}): install matplotlib to have the chart.") from error
    figure = Figure(figsize=(10, 6.25), dpi=160, facecolor="white")
    losses, rates = figure.subplots(
        2, 1, sharex=True, gridspec_kw={"height_ratios": [5, 1], "hspace": 0.09, "left": 0.065, "right": 0.86}
    )
    _title(figure, history)
    _draw_losses(losses, history)
    _draw_rates(rates, history)
    _mark(losses, rates, history)
    png = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # a painting may be named in any script
        figure.savefig(png, format="png")
    return png.getvalue()


def smoothed(values: Series) -> Series:
    """Return the geometric mean of each value's neighbours, nearer ones counting more; gaps (NaN) stay gaps."""
    known = np.isfinite(values)
    width = max(1.5, len(values) / 40)
    reach = min(int(3 * width), len(values) - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    logs = np.convolve(np.where(known, np.log(np.where(known, values, 1.0)), 0.0), kernel)
    weights = np.convolve(known.astype(float), kernel)
    middle = slice(reach, reach + len(values))
    mean: Series = np.exp(logs[middle] / np.where(known, weights[middle], 1.0))
    return np.where(known, mean, np.nan)


def _title(figure: Figure, history: TrainingHistory) -> None:
    last, config = history.steps[-1], history.runs[-1].config if history.runs else {}
    name = Path(str(config.get("style_image", "training"))).stem.replace("_", " ")
    state = f"step {last.step:,} of {last.max_steps:,}" if last.step < last.max_steps else f"{last.step:,} steps"
    speeds = [step.images_per_second for step in history.steps if step.images_per_second > 0]
    if speeds:
        state += f"  ·  {float(np.median(speeds)):.3g} images/s"
    line: dict[str, Any] = {"va": "center", "parse_math": False}
    figure.text(0.065, 0.953, name, fontsize=17, fontweight="bold", color=_INK, **line)
    figure.text(0.065, 0.908, "weighted losses, logarithmic", fontsize=9, color=_FAINT, **line)
    figure.text(0.86, 0.953, state, fontsize=11, color=_FAINT, ha="right", **line)


def _draw_losses(axes: Axes, history: TrainingHistory) -> None:
    steps = [step.step for step in history.steps]
    ends = {}
    for name, colour in _COLOURS.items():
        values = np.array([getattr(step.losses, name) for step in history.steps], dtype=np.float64)
        values[~(values > 0)] = np.nan  # a logarithmic scale has no zero: style counts nothing at first
        smooth = smoothed(values)
        axes.plot(steps, values, color=colour, linewidth=0.8, alpha=0.28)
        axes.plot(steps, smooth, color=colour, linewidth=2.2 if name == "total" else 1.8, solid_capstyle="round")
        if np.isfinite(smooth).any():
            ends[name] = float(smooth[np.isfinite(smooth)][-1])
    axes.set_yscale("log")
    _plain(axes)
    _label_ticks(axes)
    _label_ends(axes, ends)


def _label_ticks(axes: Axes) -> None:
    """Write 0.05, 0.1, 0.2 … and not powers of ten; fewer of them where the losses span more."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    bottom, top = axes.get_ylim()
    digits = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if top / bottom < 12 else (1.0, 2.0, 5.0) if top / bottom < 1000 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=digits))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())


def _label_ends(axes: Axes, ends: dict[str, float]) -> None:
    """Name the lines where they end, moved apart where they end close to each other."""
    places: dict[str, float] = {}
    for name, value in sorted(ends.items(), key=lambda item: item[1]):
        height = axes.transAxes.inverted().transform(axes.transData.transform((0, value)))[1]
        places[name] = max(height, max(places.values(), default=-1.0) + _LABEL_GAP)
    for name, height in places.items():
        text = f"{name} {ends[name]:.3g}"
        axes.text(1.012, height, text, color=_COLOURS[name], transform=axes.transAxes, va="center", fontweight="bold")


def _draw_rates(axes: Axes, history: TrainingHistory) -> None:
    steps = [step.step for step in history.steps]
    right = axes.twinx()
    ends = []
    # Unlike headroom keeps the two apart where both are constant.
    for side, colour, values, text, headroom in (
        (axes, _LR_COLOUR, [step.lr for step in history.steps], "learning rate", 1.45),
        (right, _WEIGHT_COLOUR, [step.style_weight for step in history.steps], "style weight", 1.1),
    ):
        side.plot(steps, values, color=colour, linewidth=1.6)
        top = headroom * max([value for value in values if value > 0], default=1.0)
        side.set_ylim(0, top)
        side.set_yticks([])
        _plain(side)
        ends.append((values[-1] / top, f"{text}\n{_short(values[-1])}", colour))
    for height, (_, label, colour) in zip((0.2, 0.78), sorted(ends), strict=True):
        axes.text(1.012, height, label, color=colour, transform=axes.transAxes, va="center", fontsize=9)
    axes.set_xlabel("step", color=_FAINT)
    axes.xaxis.set_major_formatter("{x:,.0f}")


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _mark(losses: Axes, rates: Axes, history: TrainingHistory) -> None:
    """Draw a line where a run was resumed or rolled back."""
    from matplotlib.patheffects import withStroke

    marks = [(run.from_step, "resumed", _FAINT) for run in history.runs if run.from_step]
    marks += [(one.step, f"rolled back from {one.failed_step:,}", _BAD) for one in history.rollbacks]
    for step, text, colour in marks:
        for axes in (losses, rates):
            axes.axvline(step, color=colour, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        if len(marks) <= _MOST_MARKS_NAMED:
            losses.annotate(
                text,
                (step, 0.02),
                xycoords=losses.get_xaxis_transform(),
                xytext=(3, 0),
                textcoords="offset points",
                rotation=90,
                va="bottom",
                fontsize=8,
                color=colour,
                path_effects=[withStroke(linewidth=3, foreground="white")],  # legible where a line runs behind
            )


def _plain(axes: Axes) -> None:
    axes.grid(visible=True, which="major", axis="y", color="#e9ebf0", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.margins(x=0.01)
    axes.tick_params(colors=_FAINT, which="both", length=0, labelsize=9)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.spines["bottom"].set_visible(True)
    axes.spines["bottom"].set_color("#c9cdd6")

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcore.loss_chart import ChartError, loss_chart, smoothed
from mlcore.training_events import LossValues, RolledBack, StepDone
from mlcore.training_log import LoggedRun, TrainingHistory

ROOT = Path(__file__).resolve().parents[2]
BLUE, ORANGE, GREEN, PINK = (31, 111, 235), (224, 88, 47), (24, 138, 107), (194, 24, 91)
"""Content, style, learning rate, roll-back."""


def run(from_step: int = 0, painting: str = "night.jpg") -> LoggedRun:
    return LoggedRun("2026-01-01T00:00:00Z", from_step, {"style_image": f"/data/{painting}"}, {}, "CPU")


def history(steps: int = 40, style: float = 1.0, **parts: object) -> TrainingHistory:
    values = [StepDone(n, 100, LossValues(2 + style, 2 / n, style / n, 0), 1e-3, 1e6, 4.0) for n in range(1, steps + 1)]
    return TrainingHistory(**({"runs": [run()], "steps": values} | parts))


def drawn(what: TrainingHistory) -> np.ndarray:
    with Image.open(io.BytesIO(loss_chart(what))) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def where(picture: np.ndarray, colour: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of the pixels of that very colour."""
    return np.nonzero((picture == np.array(colour)).all(axis=2))


def plot_area(picture: np.ndarray) -> np.ndarray:
    """Leave out the title above and the names at the right."""
    return picture[110:, :1380]


def test_losses_and_rates_are_lines_of_their_own_colours():
    picture = drawn(history())
    assert picture.shape == (1000, 1600, 3)
    for colour in (BLUE, ORANGE, GREEN):
        _, columns = where(plot_area(picture), colour)
        assert np.ptp(columns) > 1000
    assert where(picture, PINK)[0].size == 0


def test_a_lower_loss_is_drawn_lower_and_the_scale_is_logarithmic():
    rows, columns = where(drawn(history(100))[110:700, :1380], BLUE)
    height = {name: rows[abs(columns - place) < 3].mean() for name, place in (("left", 120), ("right", 1360))}
    assert height["right"] > height["left"] + 100
    # 2 / n falls from step 10 to 32 as far as from 32 to 100: the middle of the way down, at a third of the way across.
    first, middle, last = (rows[abs(columns - (118 + (n - 1) / 99 * 1248)) < 4].mean() for n in (10, 32, 100))
    assert middle - first == pytest.approx(last - middle, rel=0.15)


def test_a_style_that_does_not_count_yet_has_no_line():
    rows, _ = where(plot_area(drawn(history(style=0.0))), ORANGE)
    assert (rows > 600).all()  # only its weight, in the panel below


def test_resumes_and_roll_backs_are_marked_where_they_happened():
    plain = drawn(history())
    marked = drawn(history(runs=[run(), run(from_step=20)], rollbacks=[RolledBack(35, 30, 0.5)]))
    _, columns = where(marked, PINK)
    assert columns.size > 200
    left, right = 117, 1364  # of steps 1 and 40
    assert abs(np.median(columns) - (left + 29 / 39 * (right - left))) < 25
    changed = np.nonzero((plain != marked).any(axis=2))[1]
    assert abs(changed.min() - (left + 19 / 39 * (right - left))) < 25


def test_the_title_names_the_painting():
    night, wave = drawn(history())[:70], drawn(history(runs=[run(painting="wave.jpg")]))[:70]
    assert (night != wave).any()


@pytest.mark.parametrize(
    "what",
    [
        history(1),
        history(2),
        history(runs=[]),
        history(runs=[run(painting="神奈川$x^$沖浪裏.jpg")]),
        history(rollbacks=[RolledBack(n + 1, n, 0.5) for n in range(1, 40)]),
        history(steps=1, runs=[run(), run(1)]),
        TrainingHistory(steps=[StepDone(n, 9, LossValues(*[math.nan] * 4), math.nan, 0.0, math.nan) for n in (1, 2)]),
        TrainingHistory(steps=[StepDone(n, 9, LossValues(1e30, 1e-30, 0, 0), 1e-3, 0.0, 1.0) for n in (1, 2)]),
        TrainingHistory(steps=[StepDone(n, 9, LossValues(1, 1, 1, 0), 1e-3, 1e6, 1.0) for n in (1, 2)]),
    ],
    ids=["one step", "two", "no start", "any script", "many marks", "resumed", "no numbers", "far apart", "alike"],
)
def test_odd_histories_are_drawn_without_a_warning(what):
    assert drawn(what).shape == (1000, 1600, 3)


def test_nothing_to_draw_is_said():
    with pytest.raises(ChartError, match="--log-interval"):
        loss_chart(TrainingHistory())


def test_without_matplotlib_that_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)  # what makes an import fail
    with pytest.raises(ChartError, match="install matplotlib"):
        loss_chart(history())


def test_smoothing_keeps_a_straight_fall_straight_and_gaps_empty():
    fall = np.exp(-np.arange(200) / 30)
    assert smoothed(fall)[30:-30] == pytest.approx(fall[30:-30], rel=1e-6)
    zigzag = np.where(np.arange(200) % 2, 2.0, 0.5)
    assert smoothed(zigzag)[10:-10] == pytest.approx(1.0, abs=0.05)
    gap = np.array([1.0, np.nan, np.nan, 1.0])
    assert np.isnan(smoothed(gap)).tolist() == [False, True, True, False]
    assert smoothed(np.array([3.0])) == pytest.approx([3.0])


def test_drawing_needs_no_screen_and_no_pyplot():
    code = "import sys, mlcore.tests.test_loss_chart as t; t.drawn(t.history()); "
    code += "sys.exit('matplotlib.pyplot' in sys.modules or 'torch' in sys.modules)"
    without_screen = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "MPLBACKEND")}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=without_screen, check=True)

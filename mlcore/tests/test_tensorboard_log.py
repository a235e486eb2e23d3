from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mlcore.tensorboard_log import FOLDER_NAME, TensorBoardLog
from mlcore.tests.pictures import difference, picture
from mlcore.training import train
from mlcore.training_events import FileWritten, LossValues, RolledBack, StepDone

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def start(tmp_path, notes):
    def make() -> TensorBoardLog:
        return TensorBoardLog(tmp_path, notes.append)

    return make


def step(number: int, total: float = 3.0) -> StepDone:
    return StepDone(number, 100, LossValues(total, 2.0, 1.0, 1e-8), 1e-3, 1e6, 4.5)


def read(output_dir: Path) -> EventAccumulator:
    accumulator = EventAccumulator(str(output_dir / FOLDER_NAME))
    accumulator.Reload()
    return accumulator


def totals(output_dir: Path) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in read(output_dir).Scalars("loss/total")]


def test_a_real_run_comes_back_from_its_event_file(configure, start, tmp_path):
    log, events = start(), list(train(configure(max_steps=4, log_interval=2, sample_interval=4)))
    for event in events:
        log.see(event)
    log.end("finished", "")
    found = read(tmp_path)
    logged = [event for event in events if isinstance(event, StepDone) and event.losses]
    names = ("loss/total", "loss/content", "loss/style", "loss/tv", "learning_rate", "style_weight")
    assert set(found.Tags()["scalars"]) == {*names, "images_per_second"}
    for place, event in enumerate(logged):
        values = [found.Scalars(name)[place] for name in (*names, "images_per_second")]
        assert {value.step for value in values} == {event.step}
        written = [*event.losses, event.lr, event.style_weight, event.images_per_second]
        assert [value.value for value in values] == pytest.approx(written, rel=1e-6)
    (sample,) = found.Images("sample")
    assert sample.step == 4
    with (
        Image.open(io.BytesIO(sample.encoded_image_string)) as shown,
        Image.open(tmp_path / "outputs" / "sample_000004.jpg") as saved,
    ):
        assert np.array_equal(np.asarray(shown.convert("RGB")), np.asarray(saved))


def test_a_resumed_run_takes_the_place_of_what_came_after_its_start(start, tmp_path):
    first = start()
    for number in (1, 2, 3, 4):
        first.see(step(number))
    second = start()
    for number in (3, 5):
        second.see(step(number, total=9.0))
    assert totals(tmp_path) == [(1, 3.0), (2, 3.0), (3, 9.0), (5, 9.0)]


def test_a_roll_back_takes_its_steps_and_samples_with_it(start, tmp_path):
    log = start()
    saved = picture(32, 16)
    saved.save(tmp_path / "sample.png")
    for number in (1, 2, 3):
        log.see(step(number))
        log.see(FileWritten("sample", tmp_path / "sample.png", number))
    log.see(RolledBack(3, 1, 0.5))
    log.see(step(4, total=1.0))
    assert totals(tmp_path) == [(1, 3.0), (4, 1.0)]
    (sample,) = read(tmp_path).Images("sample")
    with Image.open(io.BytesIO(sample.encoded_image_string)) as shown:
        assert difference(shown, saved) == 0


def test_losses_that_are_no_numbers_are_written_as_such(start, notes, tmp_path):
    start().see(step(1, total=float("nan")))
    assert np.isnan(totals(tmp_path)[0][1])
    assert notes == []


def test_without_tensorboard_one_note_is_told(start, notes, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)  # what makes an import fail
    log = start()
    log.see(step(1))
    log.see(step(2))
    (note,) = notes
    assert "install tensorboard" in note


def test_a_folder_that_cannot_be_made_is_told_once(start, notes, tmp_path):
    (tmp_path / FOLDER_NAME).write_text("in the way")
    log = start()
    log.see(step(1))
    log.see(step(2))
    (note,) = notes
    assert str(tmp_path / FOLDER_NAME) in note


def test_a_full_disk_is_told_once_and_what_was_written_can_be_read(tmp_path):
    program = f"""
import resource
from pathlib import Path
from mlcore.tensorboard_log import TensorBoardLog
from mlcore.training_events import LossValues, StepDone
log = TensorBoardLog(Path({str(tmp_path)!r}), print)
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))  # a file that grows beyond fails like one on a full disk
for number in range(1, 101):
    log.see(StepDone(number, 100, LossValues(3.0, 2.0, 1.0, 0.0), 1e-3, 1e6, 4.5))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("cannot be written") == len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
    assert 2 < len(totals(tmp_path)) < 100


def test_a_run_that_makes_no_step_leaves_no_folder(start, tmp_path):
    start().end("failed", "")
    assert not (tmp_path / FOLDER_NAME).exists()

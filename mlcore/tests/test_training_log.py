from __future__ import annotations

import json
import math
import os
import re
from datetime import datetime
from pathlib import Path

import pytest

from mlcore.training import train
from mlcore.training_events import (
    FileNotWritten,
    FileWritten,
    LossValues,
    PhotosSkipped,
    RolledBack,
    StepDone,
)
from mlcore.training_log import LOG_NAME, TrainingLog, read_log


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def start(tmp_path, notes):
    """Return a function that starts a log as one process would."""

    def make(config: dict[str, object] | None = None, folder: Path = tmp_path) -> TrainingLog:
        return TrainingLog(folder, config or {"lr": 0.001}, "CPU, 1 threads", notes.append)

    return make


def step(number: int, total: float = 3.0) -> StepDone:
    return StepDone(number, 100, LossValues(total, 2.0, 1.0, 1e-8), 1e-3, 1e6, 4.5)


FIRST = StepDone(1, 100)
"""A step without losses, as most are."""


def write(log: TrainingLog, *events: object, end: str | None = "stopped") -> None:
    for event in events:
        log.see(event)
    if end:
        log.end(end, "a reason")


def lines(folder: Path) -> list[dict[str, object]]:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    return [json.loads(line, parse_constant=refuse) for line in (folder / LOG_NAME).read_text().splitlines()]


def test_a_real_run_is_logged_from_start_to_finish(configure, start, tmp_path):
    config = configure(max_steps=4, log_interval=2, checkpoint_interval=3, sample_interval=4)
    write(start(config.as_json(), config.checkpoint_dir), *train(config), end="finished")
    logged = lines(config.checkpoint_dir)
    written = ["file_written"] * 2
    assert [line["event"] for line in logged] == [
        *("started", "step", "file_written", "step", "file_written", *written, "finished")
    ]
    for line in logged:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert abs((datetime.fromisoformat(line["time"]) - datetime.now().astimezone()).total_seconds()) < 200
    assert logged[0]["from_step"] == 0
    assert logged[0]["config"]["image_size"] == 32
    assert set(logged[0]["versions"]) == {"python", "torch"}
    assert set(logged[1]) == {
        *("event", "time", "step", "max_steps", "total", "content", "style", "tv", "lr", "style_weight"),
        "images_per_second",
    }
    assert logged[-1]["reason"] == "a reason"
    assert logged[-1]["seconds"] > 0

    history = read_log(config.checkpoint_dir / LOG_NAME)
    assert [one.step for one in history.steps] == [2, 4]
    assert all(one.losses.total > 0 and one.images_per_second > 0 and one.lr > 0 for one in history.steps)
    assert [(one.kind, one.step) for one in history.files] == [
        *(("checkpoint", 3), ("sample", 4), ("model", 4), ("style", 4))
    ]
    assert history.files[1].path == tmp_path / "outputs" / "sample_000004.jpg"
    assert history.runs[0].outcome == "finished"
    assert history.runs[0].config["max_steps"] == 4


def test_every_kind_of_event_comes_back_as_it_was(start, tmp_path):
    events = [
        step(10),
        FileNotWritten("sample", Path("out/sample_000010.jpg"), 10, "No space left on device"),
        FileWritten("checkpoint", Path("c/checkpoint_000010.pth"), 10),
        RolledBack(14, 10, 0.5),
        step(20),
        PhotosSkipped({"a.jpg": "damaged", "b\udcff.jpg": "too large"}),
    ]
    write(start(), *events)
    history = read_log(tmp_path / LOG_NAME)
    assert history.steps == [events[0], events[4]]
    assert history.not_written == [events[1]]
    assert history.files == [events[2]]
    assert history.rollbacks == [events[3]]
    assert history.skipped == events[5].reasons


def test_a_resumed_run_replaces_what_came_after_its_start(start, tmp_path):
    sample = FileWritten("sample", Path("sample_000030.jpg"), 30)
    write(start(), FIRST, step(10), step(20), step(30), sample, end=None)  # killed
    write(start({"lr": 0.5}), StepDone(21, 100), step(25, total=9.0), end="failed")
    history = read_log(tmp_path / LOG_NAME)
    assert [one.step for one in history.steps] == [10, 20, 25]
    assert history.files == []
    assert [run.from_step for run in history.runs] == [0, 20]
    assert [run.outcome for run in history.runs] == [None, "failed"]
    assert history.runs[1].config == {"lr": 0.5}

    write(start(), StepDone(16, 100), step(20, total=8.0))  # from an earlier checkpoint than the run before
    history = read_log(tmp_path / LOG_NAME)
    assert [(one.step, one.losses.total) for one in history.steps] == [(10, 3.0), (20, 8.0)]
    assert [run.from_step for run in history.runs] == [0, 15]


def test_a_new_run_in_the_same_folder_replaces_everything(start, tmp_path):
    write(start(), step(10), RolledBack(11, 10, 0.5), step(20))
    write(start(), step(1), step(2))
    history = read_log(tmp_path / LOG_NAME)
    assert [one.step for one in history.steps] == [1, 2]
    assert history.rollbacks == []
    assert len(history.runs) == 1


def test_a_roll_back_takes_its_steps_with_it(start, tmp_path):
    checkpoint = FileWritten("checkpoint", Path("checkpoint_000010.pth"), 10)
    late = FileWritten("sample", Path("sample_000015.jpg"), 15)
    log = start()
    write(log, step(10), checkpoint, step(15, math.nan), late, RolledBack(15, 10, 0.5), end=None)
    assert [one.step for one in read_log(tmp_path / LOG_NAME).steps] == [10]
    write(log, step(12))
    history = read_log(tmp_path / LOG_NAME)
    assert [one.step for one in history.steps] == [10, 12]
    assert history.files == [checkpoint]
    assert [one.failed_step for one in history.rollbacks] == [15]


def test_a_run_that_rolls_back_at_once_says_where_it_started(start, tmp_path):
    write(start(), FIRST, step(10))
    write(start(), RolledBack(11, 10, 0.5), step(11))
    history = read_log(tmp_path / LOG_NAME)
    assert [run.from_step for run in history.runs] == [0, 10]
    assert [one.step for one in history.steps] == [10, 11]


def test_numbers_that_are_none_are_null_and_come_back_as_nan(start, tmp_path):
    broken = StepDone(1, 100, LossValues(math.nan, math.inf, -math.inf, 0.0), 1e-3, 1e6, math.inf)
    write(start(), broken)
    assert lines(tmp_path)[1]["total"] is None
    assert lines(tmp_path)[1]["images_per_second"] is None
    (read,) = read_log(tmp_path / LOG_NAME).steps
    assert all(math.isnan(value) for value in read.losses[:3])
    assert read.losses.tv == 0


def test_a_line_cut_off_by_a_kill_is_passed_over_and_the_next_run_begins_a_new_one(start, tmp_path):
    path = tmp_path / LOG_NAME
    write(start(), FIRST, step(10), step(20), end=None)
    os.truncate(path, path.stat().st_size - 30)
    assert [one.step for one in read_log(path).steps] == [10]
    write(start(), StepDone(11, 100), step(12))
    history = read_log(path)
    assert [one.step for one in history.steps] == [10, 12]
    assert [run.from_step for run in history.runs] == [0, 10]


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "[1, 2]",
        "{}",
        '{"event": "step", "step": "many"}',
        '{"event": "step", "step": 5, "max_steps": 9, "total": {}}',
        '{"event": "started", "time": 1, "from_step": 0, "config": 3, "versions": {}, "device": ""}',
        '{"event": "photos_skipped", "reasons": [1]}',
        '{"event": "of a later release"}',
        '{"event": "finished"}',
        "[" * 100_000,
    ],
)
def test_damaged_and_unknown_lines_are_passed_over(damaged, start, tmp_path):
    write(start(), step(10), end=None)
    with (tmp_path / LOG_NAME).open("a") as file:
        file.write(damaged + "\n")
    write(start(), StepDone(11, 100), step(20))
    assert [one.step for one in read_log(tmp_path / LOG_NAME).steps] == [10, 20]


def test_a_run_without_a_step_leaves_the_log_of_the_run_before_alone(start, tmp_path):
    write(start(), step(10))
    before = (tmp_path / LOG_NAME).read_bytes()
    write(start(), end="failed")
    assert (tmp_path / LOG_NAME).read_bytes() == before
    write(start(folder=tmp_path / "other"), end="failed")
    assert not (tmp_path / "other").exists()


def test_a_full_disk_is_told_once_and_the_run_goes_on(start, notes, tmp_path):
    (tmp_path / LOG_NAME).symlink_to("/dev/full")
    write(start(), step(1), step(2), FileWritten("model", Path("final_model.pth"), 2))
    (note,) = notes
    assert "No space left on device" in note
    assert str(tmp_path / LOG_NAME) in note


def test_a_folder_that_cannot_be_made_is_told_once(start, notes, tmp_path):
    (tmp_path / "file").write_text("in the way")
    write(start(folder=tmp_path / "file" / "checkpoints"), step(1), step(2))
    assert len(notes) == 1


@pytest.mark.parametrize("target", ["/dev/zero", "/", "/no/such/file"])
def test_what_is_no_file_is_not_read(target, tmp_path):
    (tmp_path / LOG_NAME).symlink_to(target)
    with pytest.raises(OSError, match=LOG_NAME):
        read_log(tmp_path / LOG_NAME)


def test_reading_a_long_log_takes_no_quadratic_time(start, tmp_path):
    log = start()
    log.see(step(1))
    line = (tmp_path / LOG_NAME).read_text().splitlines()[1]
    with (tmp_path / LOG_NAME).open("a") as file:
        file.writelines(line.replace('"step": 1,', f'"step": {number},') + "\n" for number in range(2, 40_001))
    assert len(read_log(tmp_path / LOG_NAME).steps) == 40_000

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import struct
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlcore.commands.console import Console
from mlcore.commands.training_progress import TrainingProgress
from mlcore.train_config import TrainConfig
from mlcore.training_events import FileNotWritten, FileWritten, LossValues, PhotosSkipped, RolledBack, StepDone

CONFIG = TrainConfig(content_dir=Path("holiday photos"), style_image=Path("night.jpg"))
LOSSES = LossValues(0.7134, 0.4347, 0.2787, 5e-8)


def step(number: int, losses: LossValues | None = LOSSES, of: int = 1000) -> StepDone:
    return StepDone(number, of, losses, 1e-3, 1e6, 2.32)


@contextlib.contextmanager
def terminal(columns: int) -> Iterator[tuple[Console, Callable[[], str]]]:
    """Give a console on a terminal, and a function that returns what was written to it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    os.set_blocking(ours, False)
    with os.fdopen(theirs, "w") as stream:

        def written() -> str:
            stream.flush()
            text = b""
            with contextlib.suppress(BlockingIOError):
                while chunk := os.read(ours, 65536):
                    text += chunk
            return text.decode()

        yield Console(stream, stream), written
    os.close(ours)


def shown(text: str) -> list[str]:
    """Return the lines a person sees after everything was written: a carriage return writes over a line."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        cells: list[str] = []
        for part in line.split("\r"):
            cells[: len(part)] = part
        lines.append("".join(cells).rstrip())
    return lines


def test_a_terminal_has_the_figures_on_one_line_below_the_others():
    with terminal(120) as (console, written):
        progress = TrainingProgress(CONFIG, console)
        for number in (1, 2, 3):
            progress.see(step(number))
            time.sleep(0.12)  # tqdm draws ten times a second at most
        progress.see(FileWritten("sample", Path("outputs/sample_000003.jpg"), 3))
        *lines, bar = shown(written())
        progress.end("stopped", "")
        assert written().endswith("\n")
    assert [line.split(":")[0] for line in lines] == ["step 1", "step 2", "step 3", "sample"]
    assert lines[0] == "step 1: total 0.7134, content 0.4347, style 0.2787, tv 5e-08, lr 0.001, 2.32 images/s"
    assert bar.startswith("  0%|")
    assert "| 3/1000 " in bar
    assert bar.endswith(" left, total 0.713, content 0.435, style 0.279, 2.3 images/s")
    assert len(bar) <= 120


def test_a_narrow_terminal_has_the_figures_without_a_bar():
    with terminal(80) as (console, written):
        progress = TrainingProgress(CONFIG, console)
        for number in (1, 2, 3):
            progress.see(step(number, of=40_000))
            time.sleep(0.12)
        bar = shown(written())[-1]
        progress.end("finished", "")
    assert bar.startswith("3/40000 ")
    assert "%|" not in bar
    assert bar.endswith("2.3 images/s")


def test_a_resumed_run_begins_where_it_was_and_its_time_left_is_that_of_the_new_steps():
    with terminal(120) as (console, written):
        progress = TrainingProgress(CONFIG, console)
        for number in (901, 902, 903):
            progress.see(step(number))
            time.sleep(0.3)
        progress.see(step(904))
        bar = shown(written())[-1]
        progress.end("finished", "")
    assert bar.startswith(" 90%|")
    assert "| 904/1000 00:2" in bar or "| 904/1000 00:3" in bar  # 96 steps of 0.3 s, and not none


def test_a_roll_back_takes_the_bar_back():
    with terminal(120) as (console, written):
        progress = TrainingProgress(CONFIG, console)
        for number in (499, 500):
            progress.see(step(number))
        progress.see(RolledBack(500, 400, 0.5))
        lines = shown(written())
        assert " 40%|" in lines[-1]
        assert lines[-2].startswith("Rolled back: by step 500")
        assert "on from step 400 with 0.5 times the learning rate" in lines[-2] + lines[-1]
        progress.see(step(401))
        time.sleep(0.12)
        progress.see(step(402))
        assert "| 402/1000 " in shown(written())[-1]
        progress.end("finished", "")


def test_a_file_gets_lines_with_the_time_left_and_no_bar():
    console = Console(io.StringIO(), io.StringIO())
    progress = TrainingProgress(CONFIG, console)
    progress.see(step(1))
    for number in range(2, 6):
        time.sleep(0.05)
        progress.see(step(number, LOSSES if number == 5 else None, of=1205))
    progress.end("finished", "")
    assert console.err.getvalue() == ""
    first, second = console.out.getvalue().splitlines()
    assert first.endswith("images/s")
    assert second.startswith("step 5: total 0.7134")
    minutes, seconds = second.removesuffix(" left").split(", ")[-1].split(":")
    assert 50 <= int(minutes) * 60 + int(seconds) <= 150  # 1,200 steps of 0.05 s, on a machine that may be busy


@pytest.fixture
def noted():
    def see(event: object) -> str:
        console = Console(io.StringIO(), io.StringIO())
        TrainingProgress(CONFIG, console).see(event)
        assert console.out.getvalue() == ""
        return console.err.getvalue()

    return see


def test_a_file_that_is_missing_is_named_with_the_reason(noted):
    event = FileNotWritten("checkpoint", Path("c/checkpoint_000500.pth"), 500, "No space left on device")
    assert noted(event) == (
        "The checkpoint c/checkpoint_000500.pth could not be written: No space left on device. "
        "The run goes on without it.\n"
    )


def test_a_roll_back_says_what_to_do_about_it(noted):
    assert "lower --lr or --style-weight" in noted(RolledBack(500, 400, 0.25))


def test_skipped_photos_are_counted_and_ten_are_named(noted):
    one = noted(PhotosSkipped({"a.jpg": "It is damaged."}))
    assert one.splitlines() == [
        "1 photo was left out:",
        "  a.jpg: It is damaged.",
        "Mend or remove it in holiday photos (--content-dir).",
    ]
    many = noted(PhotosSkipped({f"{number}.jpg": "It is damaged." for number in range(12)})).splitlines()
    assert many[0] == "12 photos were left out:"
    assert many[10] == "  9.jpg: It is damaged."
    assert many[11].startswith("  … and 2 more")
    assert many[12] == "Mend or remove them in holiday photos (--content-dir)."

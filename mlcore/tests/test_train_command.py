from __future__ import annotations

import io
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console
from mlcore.training_log import LOG_NAME, TrainingHistory, read_log


class Stream(io.StringIO):
    """Calls a function with every line when it is written."""

    def __init__(self, on_line: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self.on_line = on_line

    def write(self, text: str) -> int:
        self.on_line(text)
        return super().write(text)


@pytest.fixture
def train(photos, painting, vgg16_weights, tmp_path):
    """Return a function that trains tiny; it returns status, out and err."""

    def run_train(*more: object, on_line: Callable[[str], None] = lambda _: None) -> tuple[int, str, str]:
        command = ["train", "--cpu", "--content-dir", photos, "--style-image", painting, "--batch-size", 1]
        command += ["--checkpoint-dir", tmp_path / "c", "--output-dir", tmp_path / "o", "--image-size", 32]
        command += ["--style-size", 32, "--loss-network", "vgg16", "--loss-weights", vgg16_weights]
        command += ["--num-workers", 0, "--log-interval", 1, "--style-ramp-start", 0, "--style-ramp-end", 0, *more]
        options = vars(build_parser().parse_args([str(argument) for argument in command]))
        console = Console(Stream(on_line), io.StringIO())
        status = run_command(options.pop("command"), options, console)
        return status, console.out.getvalue(), console.err.getvalue()

    return run_train


@pytest.fixture
def log(tmp_path) -> Callable[[], TrainingHistory]:
    return lambda: read_log(tmp_path / "c" / LOG_NAME)


def logged_by_tensorboard(output_dir: Path) -> list[int]:
    accumulator = EventAccumulator(str(output_dir / "tensorboard"))
    accumulator.Reload()
    return [event.step for event in accumulator.Scalars("loss/total")]


def test_a_run_can_be_followed_and_a_resumed_one_goes_on_in_the_same_files(train, log, tmp_path):
    status, _, err = train("--max-steps", 3, "--checkpoint-interval", 2, "--sample-interval", 2)
    assert status == 0
    assert f"Drawn: {tmp_path / 'o' / 'losses.png'}, {tmp_path / 'o' / 'samples.jpg'}" in err
    with Image.open(tmp_path / "o" / "losses.png") as chart, Image.open(tmp_path / "o" / "samples.jpg") as sheet:
        assert chart.size == (1600, 1000)
        assert sheet.height > sheet.width > 200  # four photos down; the photo and one painting across
    assert [step.step for step in log().steps] == [1, 2, 3]
    assert log().runs[0].outcome == "finished"
    assert logged_by_tensorboard(tmp_path / "o") == [1, 2, 3]

    status, out, _ = train("--max-steps", 4, "--resume", tmp_path / "c" / "checkpoint_000002.pth")
    assert status == 0
    assert out.startswith("step 3:")
    assert [step.step for step in log().steps] == [1, 2, 3, 4]
    assert [run.from_step for run in log().runs] == [0, 2]
    assert log().runs[1].config["resume"] == str(tmp_path / "c" / "checkpoint_000002.pth")
    assert logged_by_tensorboard(tmp_path / "o") == [1, 2, 3, 4]


@pytest.mark.parametrize("plot", [True, False])
def test_plot_draws_at_every_checkpoint_and_without_it_only_at_the_end(plot, train, tmp_path):
    chart = tmp_path / "o" / "losses.png"
    there = {}
    status, *_ = train(
        *("--max-steps", 3, "--checkpoint-interval", 2, *(["--plot"] if plot else [])),
        on_line=lambda line: there.update({line.split(":")[0]: chart.exists()}),
    )
    assert status == 0
    assert (there["step 2"], there["step 3"]) == (False, plot)
    assert chart.exists()


def test_a_stop_is_logged_and_drawn_and_tells_how_to_go_on(train, log, tmp_path):
    def stop(line: str) -> None:
        if line.startswith("step 1:"):
            signal.raise_signal(signal.SIGTERM)

    status, _, err = train("--max-steps", 40, on_line=stop)
    assert status == 130
    assert err.count("Stopping after this step") == 1
    (checkpoint,) = (tmp_path / "c").glob("*.pth")
    assert err.endswith(f"Stopped. Go on with --resume {checkpoint}\n")
    assert log().runs[0].outcome == "stopped"
    assert log().files[-1].path == checkpoint
    assert (tmp_path / "o" / "losses.png").exists()


def test_a_signal_after_the_last_step_changes_nothing(train, log):
    def stop(line: str) -> None:
        if line.startswith("model:"):
            signal.raise_signal(signal.SIGTERM)

    status, out, err = train("--max-steps", 1, on_line=stop)
    assert status == 0
    assert out.splitlines()[-1].startswith("style:")
    assert "--resume" not in err
    assert log().runs[0].outcome == "finished"


def test_a_run_that_fails_says_why_in_its_log(train, log, tmp_path):
    status, _, err = train("--max-steps", 30, "--lr", 1e30, "--warmup-steps", 0)
    assert status == 1
    assert "Rolled back: by step" in err
    (run,) = log().runs
    assert run.outcome == "failed"
    assert f"error: {run.reason}" in err
    assert run.reason
    assert len(log().rollbacks) == 1


def test_wrong_usage_leaves_no_log(train, tmp_path):
    status, _, err = train("--content-dir", tmp_path / "absent")
    assert status == 2
    assert "error:" in err
    assert not (tmp_path / "c" / LOG_NAME).exists()
    assert not (tmp_path / "o").exists()


def test_photos_that_were_left_out_are_named_at_the_end(train, log, photos):
    (photos / "2.png").write_bytes(b"broken")
    status, _, err = train("--max-steps", 6)
    assert status == 0
    assert "1 photo was left out:" in err
    assert "2.png" in err
    assert f"Mend or remove it in {photos} (--content-dir)." in err
    assert len(log().skipped) == 1


def test_a_full_disk_for_the_log_does_not_end_a_run(train, tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / LOG_NAME).symlink_to("/dev/full")
    status, out, err = train("--max-steps", 2)
    assert status == 0
    assert err.count("cannot be written (No space left on device)") == 1
    assert out.splitlines()[-1].startswith("style:")


def test_only_the_first_of_several_processes_reports(train, tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert train("--max-steps", 1, "--plot") == (0, "", "")
    assert not (tmp_path / "c" / LOG_NAME).exists()
    assert not (tmp_path / "o").exists()

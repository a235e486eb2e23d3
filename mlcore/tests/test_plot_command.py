from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console
from mlcore.commands.plot import PicturesOfRun
from mlcore.tests.pictures import picture
from mlcore.training_events import FileWritten, LossValues, PhotosSkipped, StepDone
from mlcore.training_log import LOG_NAME, TrainingLog


@pytest.fixture
def folders(tmp_path) -> tuple[Path, Path]:
    """A run's two folders, the second with a sample of this run and one of another."""
    checkpoints, outputs = tmp_path / "checkpoints", tmp_path / "outputs"
    outputs.mkdir()
    log = TrainingLog(checkpoints, {"style_image": "night.jpg"}, "CPU", pytest.fail)
    for step in (1, 2, 3):
        log.see(StepDone(step, 9, LossValues(3.0 / step, 2.0 / step, 1.0 / step, 0.0), 1e-3, 1e6, 2.0))
    log.see(FileWritten("sample", Path("elsewhere/sample_000003.jpg"), 3))
    log.see(FileWritten("sample", Path("elsewhere/sample_000004.jpg"), 4))  # deleted since
    for step in (3, 900):
        picture(64, 64).save(outputs / f"sample_{step:06d}.jpg")
    return checkpoints, outputs


def plot(checkpoints: Path, outputs: Path) -> tuple[int, str, str]:
    options = build_parser().parse_args(["plot", "--checkpoint-dir", str(checkpoints), "--output-dir", str(outputs)])
    console = Console(io.StringIO(), io.StringIO())
    status = run_command("plot", vars(options), console)
    return status, console.out.getvalue(), console.err.getvalue()


def test_a_run_that_is_going_on_is_drawn(folders):
    outputs = folders[1]
    status, out, err = plot(*folders)
    assert (status, err) == (0, "")
    assert out.splitlines() == [f"chart: {outputs / 'losses.png'}", f"samples: {outputs / 'samples.jpg'}"]
    with Image.open(outputs / "losses.png") as chart:
        assert chart.size == (1600, 1000)
    with Image.open(outputs / "samples.jpg") as sheet:
        assert sheet.width == 32 + 2 * (112 + 8)  # the photo and one painting


def test_without_samples_there_is_only_the_chart(folders, tmp_path):
    status, out, err = plot(folders[0], tmp_path / "elsewhere")
    assert status == 0
    assert out == f"chart: {tmp_path / 'elsewhere' / 'losses.png'}\n"
    assert "check --output-dir" in err
    assert not (tmp_path / "elsewhere" / "samples.jpg").exists()


def test_a_folder_without_a_log_is_wrong_usage(tmp_path):
    status, _, err = plot(tmp_path, tmp_path)
    assert status == 2
    assert "check --checkpoint-dir" in err
    assert list(tmp_path.iterdir()) == []


def test_a_log_without_losses_is_told(tmp_path):
    (tmp_path / LOG_NAME).write_text("")
    status, _, err = plot(tmp_path, tmp_path)
    assert status == 1
    assert "--log-interval" in err


def test_a_damaged_sample_is_named(folders):
    (folders[1] / "sample_000003.jpg").write_bytes(b"broken")
    status, _, err = plot(*folders)
    assert status == 1
    assert "sample_000003.jpg" in err


LOSSES = StepDone(4, 9, LossValues(1.0, 0.5, 0.5, 0.0), 1e-3, 1e6, 2.0)


def test_live_pictures_are_drawn_at_every_checkpoint_and_the_others_at_the_end(folders):
    for live in (True, False):
        notes: list[str] = []
        pictures = PicturesOfRun(*folders, notes.append, live=live)
        pictures.see(LOSSES)
        pictures.see(FileWritten("sample", Path("sample_000003.jpg"), 3))
        assert not (folders[1] / "losses.png").exists()
        pictures.see(FileWritten("checkpoint", Path("checkpoint_000004.pth"), 4))
        assert (folders[1] / "losses.png").exists() == (folders[1] / "samples.jpg").exists() == live
        assert notes == []
        (folders[1] / "losses.png").unlink(missing_ok=True)
        (folders[1] / "samples.jpg").unlink(missing_ok=True)
        pictures.end("stopped", "")
        assert notes == [f"Drawn: {folders[1] / 'losses.png'}, {folders[1] / 'samples.jpg'}"]
        (folders[1] / "losses.png").unlink()
        (folders[1] / "samples.jpg").unlink()


def test_a_run_that_came_to_no_loss_draws_nothing_of_the_run_before(folders):
    pictures = PicturesOfRun(*folders, pytest.fail, live=True)
    pictures.see(PhotosSkipped({"a.jpg": "damaged"}))
    pictures.end("failed", "")
    assert not (folders[1] / "losses.png").exists()


def test_pictures_that_cannot_be_written_are_told_and_do_not_end_a_run(folders, tmp_path):
    (tmp_path / "file").write_text("in the way")
    notes: list[str] = []
    pictures = PicturesOfRun(folders[0], tmp_path / "file", notes.append)
    pictures.see(LOSSES)
    pictures.end("finished", "")
    (note,) = notes
    assert "could not be drawn" in note

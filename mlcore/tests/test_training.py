from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from mlcore.checkpoint import load_style, load_training_checkpoint
from mlcore.errors import CheckpointError, ConfigError, TrainingError
from mlcore.tests.examples_network import examples_state
from mlcore.tests.pictures import picture
from mlcore.training import train
from mlcore.training_events import FileWritten, PhotosSkipped, StepDone


def weights(path):
    return load_training_checkpoint(path)["model_state_dict"]


def assert_same_weights(a, b):
    for key, value in a.items():
        torch.testing.assert_close(value, b[key], atol=1e-6, rtol=1e-5, msg=lambda text, key=key: f"{key}: {text}")


def test_the_loss_falls(configure):
    events = [e for e in train(configure(max_steps=14, style_weight=10.0)) if isinstance(e, StepDone)]
    assert [event.step for event in events] == list(range(1, 15))
    totals = [event.losses.total for event in events]
    assert sum(totals[-3:]) < 0.8 * sum(totals[:3])


def test_files_are_written_when_they_are_due(configure, tmp_path):
    config = configure(max_steps=4, checkpoint_interval=2, sample_interval=3)
    written = [(e.kind, e.path.relative_to(tmp_path).as_posix()) for e in train(config) if isinstance(e, FileWritten)]
    assert written == [
        ("checkpoint", "checkpoints/checkpoint_000002.pth"),
        ("sample", "outputs/sample_000003.jpg"),
        ("checkpoint", "checkpoints/checkpoint_000004.pth"),
        ("model", "checkpoints/final_model.pth"),
        ("style", "checkpoints/painting.safetensors"),
    ]
    with Image.open(tmp_path / "outputs/sample_000003.jpg") as sample:
        assert sample.size == (64, 4 * 32)
    for name in ("content", "stylized"):
        with Image.open(tmp_path / f"outputs/sample_000003_{name}.jpg") as column:
            assert column.size == (32, 4 * 32)


def test_a_checkpoint_has_the_documented_keys(configure, tmp_path):
    list(train(configure(max_steps=1)))
    checkpoint = load_training_checkpoint(tmp_path / "checkpoints/final_model.pth")
    assert {"step", "model_state_dict", "optimizer_state_dict", "loss", "config"} <= set(checkpoint)
    assert checkpoint["step"] == 1
    assert checkpoint["loss"] > 0
    assert checkpoint["config"]["image_size"] == 32


def test_the_style_file_says_how_it_was_made(configure, tmp_path):
    list(train(configure(max_steps=2)))
    network, metadata = load_style(tmp_path / "checkpoints/painting.safetensors")
    assert not network.training
    assert metadata.step == 2
    assert metadata.loss_network == "vgg16"
    assert set(metadata.losses) == {"total", "content", "style", "tv"}
    assert metadata.config["style_image"] == "painting.png"
    assert metadata.config["loss_weights"] == "vgg16.safetensors"
    assert "content_dir" not in metadata.config
    final = weights(tmp_path / "checkpoints/final_model.pth")
    assert torch.equal(network.state_dict()["conv1.weight"], final["conv1.weight"].half().float())


def test_losses_are_read_only_when_they_are_logged(configure):
    events = [e for e in train(configure(max_steps=5, log_interval=2)) if isinstance(e, StepDone)]
    assert [event.step for event in events if event.losses] == [2, 4, 5]


def test_resuming_equals_a_run_that_was_never_interrupted(configure, tmp_path):
    options = {"max_steps": 5, "augment": True, "lr_schedule": "cosine", "style_ramp_end": 4, "checkpoint_interval": 2}
    list(train(configure(**options)))
    straight = weights(tmp_path / "checkpoints/final_model.pth")
    start = weights(tmp_path / "checkpoints/checkpoint_000002.pth")
    middle = tmp_path / "checkpoints/checkpoint_000002.pth"
    again = configure(**options, resume=middle, checkpoint_dir=tmp_path / "again", num_workers=1)
    events = [event for event in train(again) if isinstance(event, StepDone)]
    assert [event.step for event in events] == [3, 4, 5]
    assert_same_weights(weights(tmp_path / "again/final_model.pth"), straight)
    assert not torch.equal(start["conv1.weight"], straight["conv1.weight"])


def test_the_same_seed_gives_the_same_style_and_another_seed_another(configure, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        list(train(configure(max_steps=2, seed=seed, checkpoint_dir=tmp_path / name)))
    a, b, c = (weights(tmp_path / name / "final_model.pth") for name in "abc")
    assert_same_weights(a, b)
    assert not torch.allclose(a["conv1.weight"], c["conv1.weight"])


def test_a_stop_request_writes_a_checkpoint_that_can_be_resumed(configure, tmp_path):
    config = configure(max_steps=6)
    seen: list[int] = []
    events = []
    for event in train(config, stop_requested=lambda: len(seen) >= 2):
        events.append(event)
        if isinstance(event, StepDone):
            seen.append(event.step)
    assert seen == [1, 2, 3]
    assert events[-1] == FileWritten("checkpoint", tmp_path / "checkpoints/checkpoint_000003.pth", 3)
    rest = list(train(configure(max_steps=6, resume=events[-1].path)))
    assert rest[0].step == 4
    assert rest[-1].kind == "style"


def test_a_stop_request_in_the_last_step_finishes_the_run(configure):
    events = list(train(configure(max_steps=1), stop_requested=lambda: True))
    assert [event.kind for event in events[1:]] == ["model", "style"]


def test_a_diverging_run_ends_with_advice_and_writes_no_checkpoint(configure, tmp_path):
    with pytest.raises(TrainingError, match="lower --lr") as caught:
        list(train(configure(max_steps=30, lr=1e30, warmup_steps=0, checkpoint_interval=30)))
    assert caught.value.code == "loss_not_finite"
    assert not list((tmp_path / "checkpoints").glob("*.pth"))


def test_mixed_precision_runs_and_keeps_float32_weights(configure, tmp_path):
    events = list(train(configure(max_steps=3, use_amp=True)))
    assert all(event.losses.total < float("inf") for event in events if isinstance(event, StepDone))
    assert weights(tmp_path / "checkpoints/final_model.pth")["conv1.weight"].dtype == torch.float32


def test_a_run_can_start_from_another_style(configure, style_file, tmp_path):
    list(train(configure(max_steps=1, init_from=style_file, lr=1e-9, warmup_steps=0)))
    given = load_style(style_file)[0].state_dict()
    assert_same_weights(weights(tmp_path / "checkpoints/final_model.pth"), given)


def test_a_run_can_start_from_a_style_without_a_tanh(configure, tmp_path):
    torch.save(examples_state(), tmp_path / "theirs.pth")
    list(train(configure(max_steps=1, init_from=tmp_path / "theirs.pth", lr=1e-9, warmup_steps=0)))
    given, (begun, metadata) = (
        load_style(tmp_path / "theirs.pth")[0],
        load_style(tmp_path / "checkpoints/final_model.pth"),
    )
    assert metadata.output == begun.output == "tanh"
    photo = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before, after = given.pre_activation(photo), begun(photo)
    torch.testing.assert_close(after, (torch.tanh(2 * before - 1) + 1) / 2, atol=1e-3, rtol=0)
    middle = (before - 0.5).abs() < 0.25
    assert middle.float().mean() > 0.3
    assert (after - before)[middle].abs().max() < 0.02, "what is neither dark nor light is painted as it was"


def test_the_saturation_penalty_takes_part(configure, tmp_path):
    for name, weight in (("off", 0.0), ("on", 1e4)):
        list(train(configure(max_steps=8, lr=1e-2, saturation_weight=weight, checkpoint_dir=tmp_path / name)))
    off, on = (weights(tmp_path / name / "final_model.pth")["conv_out.weight"] for name in ("off", "on"))
    assert not torch.allclose(off, on)


def test_a_finished_checkpoint_asks_for_more_steps(configure, tmp_path):
    list(train(configure(max_steps=1)))
    with pytest.raises(ConfigError, match="--max-steps"):
        list(train(configure(max_steps=1, resume=tmp_path / "checkpoints/final_model.pth")))


def test_a_style_file_cannot_be_resumed(configure, style_file):
    with pytest.raises(CheckpointError):
        list(train(configure(resume=style_file)))


def test_a_diverging_run_says_where_to_go_on(configure, tmp_path):
    list(train(configure(max_steps=1)))
    start = tmp_path / "checkpoints/final_model.pth"
    with pytest.raises(TrainingError, match=f"--resume {start} and give a lower --"):
        list(train(configure(max_steps=9, resume=start, lr=1e30)))


def test_damaged_and_tiny_photos_do_not_end_a_run_and_are_reported(configure, photos):
    (photos / "2.png").write_bytes(b"broken")
    picture(40, 15).save(photos / "3.png")
    events = list(train(configure(max_steps=6, num_workers=2)))
    assert [event.kind for event in events[-3:-1]] == ["model", "style"]
    assert isinstance(events[-1], PhotosSkipped)
    reasons = {path.rpartition("/")[2]: reason for path, reason in events[-1].reasons.items()}
    assert set(reasons) == {"2.png", "3.png"}
    assert "not an image" in reasons["2.png"]
    assert "40×15 pixels, under half of --image-size 32" in reasons["3.png"]


def test_a_folder_without_a_usable_photo_is_told_before_the_first_step(configure, photos):
    for path in photos.rglob("*.png"):
        path.write_bytes(b"broken")
    with pytest.raises(ConfigError, match="None of the photos"):
        next(train(configure()))


def test_the_photo_cache_changes_nothing_but_the_decoding(configure, photos, tmp_path):
    options = {"max_steps": 3, "augment": True}
    list(train(configure(**options, cache_mb=0, checkpoint_dir=tmp_path / "without")))
    list(train(configure(**options, checkpoint_dir=tmp_path / "with")))
    kept = list((tmp_path / "with/photo_cache").iterdir())
    assert len(kept) == 6
    assert not (tmp_path / "without/photo_cache").exists()
    for path in kept:  # a second run must read what the first one kept
        pixels = np.load(path)
        np.save(path, 255 - pixels)
    inverted = configure(**options, checkpoint_dir=tmp_path / "with")
    weights_with = weights(tmp_path / "with/final_model.pth")
    assert_same_weights(weights_with, weights(tmp_path / "without/final_model.pth"))
    list(train(inverted))
    assert not torch.allclose(weights(tmp_path / "with/final_model.pth")["conv1.weight"], weights_with["conv1.weight"])


def test_gradient_checkpointing_gives_the_same_weights(configure, tmp_path):
    for name, grad_checkpoint in (("kept", False), ("recomputed", True)):
        list(train(configure(max_steps=3, grad_checkpoint=grad_checkpoint, checkpoint_dir=tmp_path / name)))
    kept, recomputed = (weights(tmp_path / name / "final_model.pth") for name in ("kept", "recomputed"))
    assert_same_weights(kept, recomputed)

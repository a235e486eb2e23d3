from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from mlcore.commands import train
from mlcore.errors import ConfigError
from mlcore.train_config import TrainConfig
from mlcore.training_step import learning_rate


def config(**options: object) -> TrainConfig:
    return TrainConfig(content_dir=Path("/data/photos"), style_image=Path("/data/night.jpg"), **options)  # type: ignore[arg-type]


def test_the_documented_defaults_are_those_of_the_command_line():
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    options = vars(parser.parse_args(["--content-dir", "photos", "--style-image", "a.jpg"]))
    documented = {
        "checkpoint_dir": Path("checkpoints"),
        "output_dir": Path("outputs"),
        "resume": None,
        "batch_size": 4,
        "image_size": 256,
        "lr": 1e-3,
        "max_steps": 40_000,
        "num_workers": 4,
        "content_weight": 1.0,
        "style_weight": 1e6,
        "tv_weight": 1e-6,
        "checkpoint_interval": 2000,
        "sample_interval": 500,
        "log_interval": 100,
        "use_amp": False,
        "loss_network": "vgg19",
        "loss_weights": None,
    }
    assert {name: options[name] for name in documented} == documented
    assert options.pop("plot") is False  # what the command shows is no part of the configuration
    assert TrainConfig(**options) == TrainConfig(content_dir=Path("photos"), style_image=Path("a.jpg"))


def test_the_style_weight_waits_rises_and_stays():
    rising = config(style_weight=10.0, style_ramp_start=100, style_ramp_end=200)
    assert [rising.style_weight_at(step) for step in (0, 100, 125, 150, 200, 999)] == [0, 0, 2.5, 5, 10, 10]
    assert config(style_weight=10.0, style_ramp_start=0, style_ramp_end=0).style_weight_at(0) == 10


def test_the_learning_rate_warms_up_and_then_stays_or_falls_to_a_tenth():
    constant = config(lr=1.0, warmup_steps=4, max_steps=104)
    assert [learning_rate(constant, step) for step in (0, 1, 3, 4, 103)] == [0.25, 0.5, 1, 1, 1]
    cosine = config(lr=1.0, warmup_steps=4, max_steps=104, lr_schedule="cosine")
    assert [learning_rate(cosine, step) for step in (3, 4, 54, 104)] == pytest.approx([1, 1, 0.55, 0.1])
    assert learning_rate(config(lr=1.0, warmup_steps=0), 0) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 0}, "--batch-size must be above 0"),
        ({"lr": 0.0}, "--lr must be above 0"),
        ({"lr": float("nan")}, "--lr must be a finite number"),
        ({"style_weight": float("inf")}, "--style-weight must be a finite number"),
        ({"max_steps": -1}, "--max-steps"),
        ({"num_workers": -1}, "--num-workers must not be negative"),
        ({"tv_weight": -1e-6}, "--tv-weight must not be negative"),
        ({"image_size": 16}, "--image-size must be at least 32"),
        ({"image_size": 130}, "multiple of 4"),
        ({"style_size": 8}, "--style-size must be at least 32"),
        ({"style_ramp_start": 9, "style_ramp_end": 8}, "--style-ramp-end"),
        ({"resume": Path("a"), "init_from": Path("b")}, "--resume"),
    ],
)
def test_values_that_cannot_work_are_refused_by_name(options, words):
    with pytest.raises(ConfigError, match=words):
        config(**options)


def test_the_recipe_has_what_was_learnt_and_no_folders():
    made = config(init_from=Path("/home/alice/first.safetensors"), loss_weights=Path("/data/vgg.safetensors"))
    recipe = made.recipe()
    assert recipe["style_image"] == "night.jpg"
    assert recipe["init_from"] == "first.safetensors"
    assert recipe["loss_weights"] == "vgg.safetensors"
    assert recipe["style_weight"] == 1e6
    assert "/" not in json.dumps(recipe)
    assert "content_dir" not in recipe


def test_as_json_is_json():
    assert json.loads(json.dumps(config().as_json()))["content_dir"] == "/data/photos"

"""Each training option by what it changes in what is learnt."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from mlcore.content_dataset import ContentDataset
from mlcore.device import select_device
from mlcore.distributed import Processes
from mlcore.tests.pictures import picture
from mlcore.training import TrainingRun
from mlcore.training_events import StepDone
from mlcore.vgg_features import VGGFeatures


@pytest.fixture
def train(configure):
    """Train and return the run and what it said of each step."""

    def run(**options: object) -> tuple[TrainingRun, list[StepDone]]:
        made = TrainingRun(configure(**({"max_steps": 2} | options)), select_device(cpu=True), Processes())
        return made, [event for event in made.steps(lambda: False) if isinstance(event, StepDone)]

    return run


def learnt(run: TrainingRun) -> torch.Tensor:
    return run.state.network.conv3.weight.detach().clone()


@pytest.mark.parametrize(
    "option",
    [
        {"content_weight": 5.0},
        {"style_weight": 1e5},
        {"tv_weight": 1.0},
        {"style_size": 48},
        {"batch_size": 4},
        {"image_size": 48},
        {"lr": 5e-4},
        {"warmup_steps": 0},
        {"style_ramp_end": 40},
        {"style_ramp_start": 1, "style_ramp_end": 2},
        {"augment": True},
        {"seed": 7},
    ],
    ids=lambda option: "-".join(option),
)
def test_an_option_changes_what_is_learnt(train, option):
    default, _ = train()
    again, _ = train()
    changed, _ = train(**option)
    assert torch.equal(learnt(again), learnt(default))
    assert not torch.allclose(learnt(changed), learnt(default), atol=1e-6)


@pytest.mark.parametrize(("weight", "term"), [("content_weight", "content"), ("tv_weight", "tv")])
def test_a_weight_multiplies_its_loss(train, weight, term):
    _, (first, *_) = train(**{weight: 0.5})
    _, (doubled, *_) = train(**{weight: 1.0})
    assert getattr(doubled.losses, term) == pytest.approx(2 * getattr(first.losses, term), rel=1e-5)


def test_vgg19_is_another_loss_network(train, tmp_path):
    torch.manual_seed(2)
    state = VGGFeatures("vgg19").state_dict()
    save_file({key: value * 3 for key, value in state.items()}, tmp_path / "vgg19.safetensors")
    run, events = train(loss_network="vgg19", loss_weights=tmp_path / "vgg19.safetensors")
    assert run.step.loss.loss_network.name == "vgg19"
    assert events[-1].losses.total > 0


def test_the_peak_weight_keeps_activations_together(train, photos):
    for path in photos.rglob("*.png"):
        spot = picture(64, 64, seed=3).point(lambda _: 0)  # a small white spot on black
        spot.paste("white", (30, 30, 34, 34))
        spot.save(path)
    peaks = []
    for weight in (0.0, 100.0):
        run, _ = train(peak_weight=weight, max_steps=12, image_size=64, warmup_steps=0, style_weight=0.0, lr=2e-3)
        photo = ContentDataset(photos, 64)[0][None]
        with torch.no_grad():
            peaks.append(run.state.network.pre_activation_and_peaks(photo, peaks=True)[1].item())
    assert peaks[0] > 0.01
    assert peaks[1] < 0.7 * peaks[0]


def test_the_cosine_schedule_ends_at_a_tenth_of_the_rate(train):
    _, constant = train(max_steps=30, image_size=32, batch_size=1)
    _, cosine = train(max_steps=30, image_size=32, batch_size=1, lr_schedule="cosine")
    assert constant[-1].lr == pytest.approx(1e-3)
    assert 1e-4 < cosine[-1].lr < 1.1e-4


def test_log_lines_come_at_their_interval(train):
    _, events = train(max_steps=5, log_interval=3)
    assert [event.step for event in events if event.losses] == [3, 5]

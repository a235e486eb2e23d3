from __future__ import annotations

import io
import json

import pytest
import torch

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console
from mlcore.losses import gram_matrix
from mlcore.plain_training import plain_forward, plain_gram_matrix
from mlcore.train_benchmark import Measured, summarise


def bench(*words: object) -> tuple[int, str, str]:
    console = Console(io.StringIO(), io.StringIO())
    options = vars(build_parser().parse_args([str(word) for word in ("bench", *words)]))
    status = run_command(options.pop("command"), options, console)
    return status, console.out.getvalue(), console.err.getvalue()


def test_both_loops_are_measured_and_compared(tmp_path):
    words = ("--cpu", "--image-size", 32, "--batch-size", 2, "--steps", 2, "--rounds", 1, "--num-workers", 0)
    status, out, err = bench("train", *words, "--loss-network", "vgg16", "--json", tmp_path / "figures.json")
    assert status == 0, err
    figures = json.loads((tmp_path / "figures.json").read_text())
    rounds = figures["rounds"]
    assert [one["loop"] for one in rounds] == ["plain", "trainer"]
    assert all(one["images_per_second"] > 0 and one["peak_bytes"] > 10 * 2**20 for one in rounds)
    assert figures["ratio"] == pytest.approx(rounds[1]["images_per_second"] / rounds[0]["images_per_second"])
    assert f"{figures['ratio']:.2f} times the images/s of the plain loop" in out
    assert "2/2" in err


def test_the_figures_are_medians_over_the_rounds():
    rounds = [Measured("plain", speed, 100) for speed in (1, 2, 30)]
    rounds += [Measured("trainer", speed, peak) for speed, peak in ((3, 5), (3, 6), (9, 70))]
    result = summarise(rounds)
    assert (result.ratio, result.plain.peak_bytes, result.trainer.peak_bytes) == (1.5, 100, 6)


def test_the_plain_loop_computes_the_same(network):
    photo = torch.rand(2, 3, 32, 48)
    torch.testing.assert_close(plain_forward(network, photo), network(photo), atol=1e-5, rtol=0)
    features = torch.rand(2, 5, 7, 9)
    torch.testing.assert_close(plain_gram_matrix(features), gram_matrix(features))


def test_a_size_that_training_refuses_is_wrong_usage():
    status, _, err = bench("train", "--image-size", 30)
    assert status == 2
    assert "--image-size" in err

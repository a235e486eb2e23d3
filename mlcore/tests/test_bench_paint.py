from __future__ import annotations

import io
import json

import numpy as np
import onnxruntime
import pytest
import torch

from mlcore import paint_contestants
from mlcore.bench_process import BenchProcess
from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console
from mlcore.engines.candidates import CANDIDATES, Setting
from mlcore.engines.onnx_graph import onnx_model
from mlcore.network_cost import gigaflop
from mlcore.paint_contestants import AUTO, COMPILED, EAGER, PEER, contestant_names
from mlcore.paint_figures import Painted, PaintFigures
from mlcore.tests.pictures import picture


def bench(*words: object) -> tuple[int, str, str]:
    console = Console(io.StringIO(), io.StringIO())
    options = vars(build_parser().parse_args([str(word) for word in ("bench", "paint", "--cpu", *words)]))
    status = run_command(options.pop("command"), options, console)
    return status, console.out.getvalue(), console.err.getvalue()


def test_every_contestant_is_measured_at_every_size(style_file, tmp_path):
    picture(90, 70).save(tmp_path / "photo.png")
    words = ("--checkpoint", style_file, "--photo", tmp_path / "photo.png", "--json", tmp_path / "figures.json")
    status, out, err = bench(*words, "--sizes", 48, 32, "--rounds", 2, "--threads", 1, "--engines", "openvino float32")
    assert status == 0, err
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [one["side"] for one in figures["sizes"]] == [32, 48]
    assert [(one["side"], one["name"]) for one in figures["painted"]] == [
        (side, name) for side in (32, 48) for name in (EAGER, "openvino float32")
    ]
    for one in figures["painted"]:
        assert len(one["seconds"]) == 2
        assert one["milliseconds"] == pytest.approx(500 * sum(one["seconds"]))
        # Python and NumPy alone take more than this.
        assert one["peak_bytes"] > 30 * 2**20
        if one["name"] == EAGER:
            assert (one["ratio_to_eager"], one["mean_error"]) == (1, 0)
            assert one["ssim"] == pytest.approx(1)
            eager = one["milliseconds"]
        else:
            assert one["ratio_to_eager"] == pytest.approx(one["milliseconds"] / eager)
            # Rounded to levels by two programs: some of them by one level, and the picture is the same.
            assert 0 <= one["mean_error"] < 0.1
            assert one["ssim"] > 0.99
        assert f"{one['milliseconds']:,.1f}" in out
    # Nobody ran in this process: each was started and brought its own libraries.
    assert all(one["cold_start_seconds"] > 0.1 for one in figures["started"])
    assert figures["sizes"][1]["gigaflop"] == pytest.approx(2.25 * figures["sizes"][0]["gigaflop"])
    assert figures["sizes"][0]["least_milliseconds"] == pytest.approx(
        1000 * figures["sizes"][0]["gigaflop"] / figures["peak_gigaflops"]
    )


def test_arithmetic_is_counted_from_the_network():
    # 9×9 from 3 to 32 channels and back at full size, two halvings, ten 3×3 at a quarter, two enlargements.
    products = 2 * 3 * 32 * 81 + 9 * (32 * 64 / 4 + 64 * 128 / 16 + 10 * 128**2 / 16 + 128 * 64 / 4 + 64 * 32)
    assert gigaflop(64, 128) == pytest.approx(2 * products * 64 * 128 / 1e9, rel=1e-3)
    assert gigaflop(512, 512) == pytest.approx(64 * gigaflop(64, 64))


def test_figures_are_medians_and_their_ratios():
    found = PaintFigures(gigaflop={512: 80.0}, peak_gigaflops=100.0)
    slow, fast = Painted(EAGER, 512, [1.0, 9.0, 2.0]), Painted("native float32", 512, [0.5])
    failed = Painted("onnxruntime float32", 512, [], error="too little memory")
    found.painted += [slow, fast, failed, Painted(EAGER, 1024, [50.0])]
    assert slow.milliseconds == 2000
    assert found.ratio(fast, EAGER) == 0.25
    assert found.ratio(slow, PEER) is None
    assert (failed.milliseconds, found.ratio(failed, EAGER)) == (None, None)
    assert found.least_milliseconds(512) == pytest.approx(800)


def test_one_that_cannot_run_says_why_and_is_waited_for_no_more(style_file, tmp_path):
    np.save(tmp_path / "photo.npy", np.zeros((16, 16, 3), np.uint8))
    setting = Setting(style_file, 1, True, tmp_path)
    with BenchProcess(COMPILED, setting, tmp_path / "photo.npy") as process:
        assert process.opened == {"error": "It is for CUDA only."}
        assert process.order(photo="photo.npy")["error"]
    with BenchProcess("no such engine", setting, tmp_path / "photo.npy") as process:
        assert "StopIteration" in process.opened["error"]


def test_a_style_that_is_none_fails_with_its_reason(tmp_path):
    (tmp_path / "style.safetensors").write_bytes(b"no style")
    status, _, err = bench("--checkpoint", tmp_path / "style.safetensors", "--sizes", 16, "--engines", EAGER)
    assert status == 2
    assert "style.safetensors is neither" in err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--sizes", "30"), "--sizes 30"),
        (("--sizes", "12"), "--sizes 12"),
        (("--engines", "caffe"), "--engines caffe"),
        (("--checkpoint", "nowhere.safetensors"), "--checkpoint nowhere.safetensors"),
    ],
)
def test_what_cannot_work_is_refused_at_once(style_file, words, named):
    status, _, err = bench("--checkpoint", style_file, *words)
    assert status == 2
    assert named in err


def test_every_engine_takes_part(monkeypatch):
    assert set(contestant_names(cpu=True)) >= {EAGER, PEER, AUTO, *(one.label for one in CANDIDATES)}
    monkeypatch.setattr(paint_contestants, "may_have_gpu", lambda: True)
    assert COMPILED in contestant_names(cpu=False)
    assert COMPILED not in contestant_names(cpu=True)


@pytest.mark.parametrize("output", ["tanh", "linear"])
def test_the_graph_as_it_is_written_is_the_network_too(network, output):
    network.output = output
    graph = onnx_model(network, {}, folded=False)
    assert "Resize" in {node.op_type for node in graph.graph.node}
    assert "ConvTranspose" not in {node.op_type for node in graph.graph.node}
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    photo = torch.rand((1, 3, 20, 36), generator=torch.Generator().manual_seed(0))
    (painted,) = session.run(None, {"image": photo.numpy()})
    torch.testing.assert_close(torch.from_numpy(painted), network(photo), atol=2e-5, rtol=0)

from __future__ import annotations

import io
import json

import pytest

from mlcore.cli import build_parser, run_command
from mlcore.commands.console import Console


def compare(*paths: object) -> tuple[int, str, str]:
    console = Console(io.StringIO(), io.StringIO())
    options = vars(build_parser().parse_args(["compare", *map(str, paths)]))
    status = run_command(options.pop("command"), options, console)
    return status, console.out.getvalue(), console.err.getvalue()


@pytest.fixture
def figures(tmp_path):
    def write(name: str, gatys: dict[str, object] | None = None) -> object:
        path = tmp_path / f"{name}.json"
        summary = {"style_ratio": 0.02113, "ssim": 0.3157, "content_loss": 0.7332, "objective": 1.0124}
        content = {"checkpoint": f"{name}.safetensors", "summary": summary} | ({"gatys": gatys} if gatys else {})
        path.write_text(json.dumps(content))
        return path

    return write


def gatys(evaluations: int, matching: int | None, **mean: object) -> dict[str, object]:
    return {
        "evaluations": evaluations,
        "mean": {"objective_at": {}, "ratio_at_20": None} | mean | {"matching_evaluation": matching},
    }


def test_a_row_for_every_style_in_the_order_given(figures):
    matched = gatys(30, 22, objective_at={"1": 30.0, "20": 1.1149}, ratio_at_20=0.9081)
    paths = [figures("waves", matched), figures("night"), figures("pencil", gatys(10, None))]
    status, out, _ = compare(*paths)
    assert status == 0
    assert out.splitlines() == [
        "| style | style ratio | SSIM | content | objective | Gatys at 20 | ratio | matching evaluation |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| waves | 0.0211 | 0.316 | 0.733 | 1.01 | 1.11 | 0.91 | 22 |",
        "| night | 0.0211 | 0.316 | 0.733 | 1.01 | – | – | – |",
        "| pencil | 0.0211 | 0.316 | 0.733 | 1.01 | – | – | >10 |",
    ]


def test_what_evaluate_writes_is_understood(style_file, photos, painting, vgg16_weights, tmp_path):
    command = ["evaluate", "--cpu", "--checkpoint", style_file, "--photos", photos / "more", "--style-image", painting]
    command += ["--loss-network", "vgg16", "--loss-weights", vgg16_weights, "--image-size", 32, "--gatys", 20]
    options = vars(build_parser().parse_args([*map(str, command), "--json", str(tmp_path / "figures.json")]))
    assert run_command(options.pop("command"), options, Console(io.StringIO(), io.StringIO())) == 0
    status, out, _ = compare(tmp_path / "figures.json")
    assert status == 0
    cells = [cell.strip() for cell in out.splitlines()[2].strip("|").split("|")]
    mean = json.loads((tmp_path / "figures.json").read_text())["gatys"]["mean"]
    assert cells[0] == "untrained"
    assert cells[5] == f"{mean['curve'][19]:.3g}"
    assert cells[6] == f"{mean['ratio_at_20']:.2f}"


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"summary": {}, "checkpoint": "a"}', '{"checkpoint": 3, "summary": 1}', None]
)
def test_another_file_is_wrong_usage(content, figures, tmp_path):
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content)
    status, out, err = compare(figures("night"), path)
    assert (status, out) == (2, "")
    assert "other.json is not a file that evaluate --json wrote" in err

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlcore.cli import COMMANDS, build_parser, main, run_command
from mlcore.commands.console import Console

ROOT = Path(__file__).resolve().parents[2]


def test_the_library_runs_as_a_program_and_help_costs_no_torch():
    code = "import sys, mlcore.cli; mlcore.cli.build_parser().format_help(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "mlcore", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name, module in COMMANDS.items():
        assert name in done.stdout
        assert module.SUMMARY.split()[0] in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_every_option_with_a_text_and_optional_ones_with_their_default(name):
    (actions,) = (action for action in build_parser()._actions if action.dest == "command")
    parsers = [actions.choices[name]]
    for parser in parsers:
        for action in parser._actions:
            if action.dest == "help":
                continue
            assert action.help, action.dest
            if not action.required:
                assert "default" in action.help, action.dest
            if isinstance(action.choices, dict):  # commands of a command
                parsers += action.choices.values()


@pytest.mark.parametrize("arguments", [[], ["paint"], ["train"], ["stylize", "--no-such-option"]])
def test_wrong_options_are_status_two(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_an_interrupt_is_status_130(monkeypatch):
    def interrupted(_options: object, _console: Console) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(COMMANDS["stylize"], "run", interrupted)
    assert run_command("stylize", {}, Console()) == 130


def test_train_says_what_it_does_and_where_the_files_are(configure, tmp_path, capsys):
    config = configure(max_steps=2)
    arguments = ["train", "--cpu", "--content-dir", config.content_dir, "--style-image", config.style_image]
    arguments += ["--checkpoint-dir", tmp_path / "c", "--output-dir", tmp_path / "o", "--loss-network", "vgg16"]
    arguments += ["--loss-weights", config.loss_weights, "--max-steps", 2, "--log-interval", 1, "--image-size", 32]
    arguments += ["--style-size", 32, "--batch-size", 1, "--num-workers", 0, "--sample-interval", 2]
    assert main([str(argument) for argument in arguments]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["step 1", "step 2", "sample", "model", "style"]
    assert "content" in lines[0]
    assert "images/s" in lines[0]
    assert lines[-1] == f"style: {tmp_path / 'c' / 'painting.safetensors'}"
    assert "Training on CPU" in err
    assert "The style weight is not full before step 700" in err

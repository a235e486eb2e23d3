"""The programs in docs/export.md do what the guide says, as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcore.checkpoint import load_style
from mlcore.export.about import About
from mlcore.export.checked_export import export_style
from mlcore.export.export_format import FORMATS, SUFFIX
from mlcore.image_io import open_photo
from mlcore.sample_scene import sample_scene
from mlcore.stylize import stylize

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "stylizer" / "starter_styles" / "the-scream.safetensors"
GUIDE = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


def program_for(format_name: str) -> str:
    (program,) = (text for text in PROGRAMS if f'"style{SUFFIX[format_name]}"' in text)
    return program


def test_the_guide_has_a_program_for_every_format():
    assert sorted(PROGRAMS) == sorted(program_for(format_name) for format_name in FORMATS)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_program_of_the_guide_paints_the_photo(format_name, tmp_path):
    network, _ = load_style(STYLE)
    export_style(network, About("the-scream", ""), format_name, tmp_path / f"style{SUFFIX[format_name]}")
    sample_scene().resize((150, 109)).save(tmp_path / "photo.jpg")
    subprocess.run([sys.executable, "-I", "-c", program_for(format_name)], cwd=tmp_path, check=True)
    wanted = np.asarray(stylize(network, open_photo(tmp_path / "photo.jpg")), dtype=int)
    with Image.open(tmp_path / "painting.png") as painting:
        painted = np.asarray(painting, dtype=int)
    assert painted.shape == wanted.shape == (109, 150, 3)
    assert np.abs(painted - wanted).max() <= 1


def test_the_command_of_the_guide_is_one_that_exists():
    from mlcore.cli import build_parser

    (line,) = re.findall(r"manage\.py (export .*)$", GUIDE, flags=re.MULTILINE)
    options = build_parser().parse_args(line.split())
    assert options.output.suffix == SUFFIX[options.format]

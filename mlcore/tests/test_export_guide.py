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
from mlcore.engines.bundled_photos import PhotoSets, bundled_photos
from mlcore.engines.deviation import deviation_of
from mlcore.export.about import About
from mlcore.export.checked_export import export_style
from mlcore.export.export_format import FORMATS, SUFFIX
from mlcore.export.openvino_int8_file import export_int8
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


def paint_by_the_guide(format_name: str, folder: Path) -> np.ndarray:
    sample_scene().resize((150, 109)).save(folder / "photo.jpg")
    subprocess.run([sys.executable, "-I", "-c", program_for(format_name)], cwd=folder, check=True)
    with Image.open(folder / "painting.png") as painting:
        return np.asarray(painting)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_program_of_the_guide_paints_the_photo(format_name, tmp_path):
    network, _ = load_style(STYLE)
    export_style(network, About("the-scream", ""), format_name, tmp_path / f"style{SUFFIX[format_name]}")
    painted = paint_by_the_guide(format_name, tmp_path).astype(int)
    wanted = np.asarray(stylize(network, open_photo(tmp_path / "photo.jpg")), dtype=int)
    assert painted.shape == wanted.shape == (109, 150, 3)
    assert np.abs(painted - wanted).max() <= 1


def test_the_program_for_openvino_opens_an_int8_file_too(tmp_path):
    network, _ = load_style(STYLE)
    photos = bundled_photos()
    parts = PhotoSets(*(tuple(photo[-160:, :160] for photo in part) for part in (photos.calibration, photos.measuring)))
    export_int8(network, About("the-scream", ""), tmp_path / "style.xml", parts)
    painted = paint_by_the_guide("openvino", tmp_path)
    wanted = np.asarray(stylize(network, open_photo(tmp_path / "photo.jpg")))
    assert painted.shape == wanted.shape
    assert deviation_of([(wanted, painted)]).is_small


def test_the_commands_of_the_guide_exist():
    from mlcore.cli import build_parser

    lines = re.findall(r"manage\.py (export .*)$", GUIDE, flags=re.MULTILINE)
    commands = [build_parser().parse_args(line.split()) for line in lines]
    assert [options.int8 for options in commands] == [False, True]
    assert all(options.output.suffix == SUFFIX[options.format] for options in commands)

"""``manage.py stylize`` with the styles of the catalog."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command, load_command_class

from mlcore.painting_file import read_provenance
from mlcore.photo_file import read_photo
from stylizer.models import Style
from stylizer.tests import pictures

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(pictures.jpeg(60, 40))
    return path


@pytest.fixture
def stylize(photo: Path, tmp_path: Path, settings, capsys):
    """Run the command as from a shell; return status, standard output and standard error."""
    settings.EASEL_ENGINE_CACHE = tmp_path / "cache"

    def run(*arguments: object) -> tuple[int, str, str]:
        words = ["--input", photo, "--image-size", 32, "--cpu", "--engine", "torch", *arguments]
        command = load_command_class("stylizer", "stylize")
        options = vars(command.create_parser("manage.py", "stylize").parse_args([str(word) for word in words]))
        status = 0
        try:
            call_command(command, **options)
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def catalog(make_style, style_file):
    """Two published styles, the later one first, and a hidden one."""
    make_style("dusk", style_file, name="Dusk", position=20)
    make_style("dawn", style_file, name="Dawn", position=10)
    make_style("hidden", style_file, name="Hidden", is_published=False)


def test_a_style_of_the_catalog_paints_by_its_slug(stylize, catalog, tmp_path):
    target = tmp_path / "painted.png"
    status, out, err = stylize("--style", "dusk", "--output", target)
    assert (status, out) == (0, f"{target}\n"), err
    provenance = read_provenance(target)
    assert provenance.style == "Dusk"
    assert provenance.style_sha256 == Style.objects.get(slug="dusk").checkpoint_sha256
    assert read_photo(target).image.size == (32, 21)


def test_all_styles_are_those_that_are_published_in_catalog_order(stylize, catalog, tmp_path):
    status, out, err = stylize("--all-styles", "--output", tmp_path / "sheet.png")
    assert (status, out) == (0, f"{tmp_path / 'sheet.png'}\n"), err
    assert read_provenance(tmp_path / "sheet.png").style == "Dawn, Dusk"

    folder = tmp_path / "each"
    assert stylize("--all-styles", "files", "--output", folder)[0] == 0
    painted = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    assert painted == ["dawn/photo.jpg", "dusk/photo.jpg"]


def test_hidden_styles_paint_when_they_are_named_and_a_file_needs_no_catalog(stylize, catalog, tmp_path):
    assert stylize("--style", "hidden", "--output", tmp_path / "a.jpg")[0] == 0
    checkpoint = Style.objects.get(slug="hidden").checkpoint.path
    Style.objects.all().delete()
    assert stylize("--checkpoint", checkpoint, "--output", tmp_path / "b.jpg")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--style", "absent"], "no style 'absent'. There are: dawn, dusk, hidden"),
        (["--style", "dusk", "--checkpoint", "a.safetensors"], "cannot go together"),
        ([], "Say which style"),
    ],
)
def test_styles_that_cannot_work_are_wrong_usage(arguments, words, stylize, catalog, tmp_path):
    status, out, err = stylize(*arguments, "--output", tmp_path / "a.jpg")
    assert (status, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_an_empty_catalog_is_told(stylize, tmp_path):
    status, _, err = stylize("--all-styles", "--output", tmp_path / "a.jpg")
    assert status == 2
    assert "no style of the catalog is published" in err


def test_explain_asks_no_catalog(stylize, catalog, tmp_path):
    stylize("--style", "dawn", "--output", tmp_path / "a.webp")
    Style.objects.all().delete()
    status, out, _ = stylize("--explain", tmp_path / "a.webp")
    assert status == 0
    assert "Dawn" in out

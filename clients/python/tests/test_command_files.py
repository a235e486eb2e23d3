"""Which photos the command paints, where the paintings go, and where it keeps a token."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from easel_client.arguments import parse_arguments
from easel_client.command import main
from easel_client.config_file import ConfigError, Login, find_login, save_login
from easel_client.painting_plan import PlanError, plan


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name in ("a.jpg", "b.PNG", "sea/a.jpg", "notes.txt", ".hidden/c.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"photo")
    return folder


def planned(*arguments: object) -> list[tuple[str, str]]:
    return [(painting.style, str(painting.output)) for painting in plan(*arguments)]


def test_one_photo_goes_to_the_file_that_is_named(photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "painted.jpeg"
    assert planned([photos / "a.jpg"], ["waves"], output, "jpeg") == [("waves", str(output))]


def test_a_folder_is_painted_as_it_lies(photos: Path) -> None:
    assert planned([photos], ["waves"], Path("out"), "webp") == [
        ("waves", "out/a-waves.webp"),
        ("waves", "out/b-waves.webp"),
        ("waves", "out/sea/a-waves.webp"),
    ]


def test_every_photo_in_every_style(photos: Path) -> None:
    outputs = planned([photos / "a.jpg"], ["waves", "udnie"], None, "jpeg")
    assert outputs == [("waves", "a-waves.jpg"), ("udnie", "a-udnie.jpg")]


def test_paintings_that_lie_among_the_photos_are_no_photos(photos: Path) -> None:
    (photos / "painted").mkdir()
    (photos / "painted" / "a-waves.jpg").write_bytes(b"painting")
    assert len(plan([photos], ["waves"], photos / "painted", "jpeg")) == 3


def test_two_photos_for_one_file_are_refused(photos: Path) -> None:
    (photos / "a.png").write_bytes(b"photo")
    with pytest.raises(PlanError, match="would both become"):
        plan([photos], ["waves"], Path("out"), "jpeg")


@pytest.mark.parametrize(
    ("given", "output", "words"),
    [("nothing.jpg", None, "no file or folder"), (".hidden/..", "a.jpg/", "is a file"), ("a.jpg", "x.png", "call it")],
)
def test_what_cannot_be(photos: Path, given: str, output: str | None, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        plan([photos / given], ["waves"], photos / output if output else None, "jpeg")


def test_a_folder_without_photos(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no photos"):
        plan([tmp_path], ["waves"], None, "jpeg")


def test_a_token_is_kept_where_only_its_owner_reads_it(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    path = save_login(Login("https://easel.example.org", 'easel_"t'), environ)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert find_login(None, None, environ) == ("https://easel.example.org", 'easel_"t')
    save_login(Login("https://other.example.org", "easel_u"), environ)
    assert find_login(None, None, environ).token == "easel_u"
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        find_login(None, None, environ)


def test_options_go_before_variables_and_these_before_the_file(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "EASEL_URL": "https://b", "EASEL_TOKEN": "b"}
    save_login(Login("https://c", "c"), environ)
    assert find_login("https://a", "a", environ) == ("https://a", "a")
    assert find_login(None, None, environ) == ("https://b", "b")
    assert find_login(None, None, {"XDG_CONFIG_HOME": str(tmp_path)}) == ("https://c", "c")


def test_the_files_token_goes_to_no_other_server(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    save_login(Login("https://a", "secret"), environ)
    assert find_login("https://b", None, environ) == ("https://b", None)


@pytest.mark.parametrize("text", ["url =", "url = 5", "token = 'x'", "\xff"])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "easel").mkdir()
    (tmp_path / "easel" / "config.toml").write_bytes(text.encode("latin-1"))
    (tmp_path / "easel" / "config.toml").chmod(0o600)
    with pytest.raises(ConfigError):
        find_login(None, None, {"XDG_CONFIG_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "wrong",
    [
        ["--size", "63"],
        ["--size", "big"],
        ["--strength", "1.1"],
        ["--strength", "nan"],
        ["--quality", "0"],
        ["--brush", "5"],
        ["--jobs", "0"],
        ["--format", "bmp"],
    ],
)
def test_an_option_that_cannot_be_ends_with_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse_arguments(["stylize", "a.jpg", "--style", "waves", *wrong])
    assert end.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_help_tells_units_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse_arguments(["stylize", "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for words in ("PIXELS", "SECONDS", "default: 512", "default: 95", "default: 4", "EASEL_TOKEN", "Exit status"):
        assert words in text.replace("\n", " "), words


def test_without_a_server_or_a_token_it_says_what_to_do(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("EASEL_URL", raising=False)
    monkeypatch.delenv("EASEL_TOKEN", raising=False)
    arguments = ["stylize", str(photos / "a.jpg"), "--style", "waves"]
    assert main(arguments) == 2
    assert "easel login" in capsys.readouterr().err
    assert main([*arguments, "--url", "https://easel.example.org"]) == 2
    assert "EASEL_TOKEN" in capsys.readouterr().err
    assert main([*arguments, "--url", "easel.example.org", "--token", "x"]) == 2
    assert "https://" in capsys.readouterr().err

"""``manage.py publish_style``: a style file of an earlier run, verified as an upload is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from stylizer.models import Style
from stylizer.publish_style import CatalogEntry, free_slug, publish_style, slug_for
from stylizer.rejections import Rejected
from stylizer.tasks import paint_next
from stylizer.tests.traces import named_files, stored_files


@pytest.fixture
def trained(tmp_path: Path, style_file: bytes) -> Path:
    path = tmp_path / "waves.safetensors"
    path.write_bytes(style_file)
    return path


def another_style_file(path: Path) -> Path:
    import torch

    from mlcore.checkpoint import save_style_file
    from mlcore.style_metadata import StyleMetadata
    from mlcore.transformer_network import TransformerNetwork

    with torch.random.fork_rng():
        torch.manual_seed(1)
        save_style_file(path, TransformerNetwork(), StyleMetadata(step=9, losses={"total": 1.5}))
    return path


def publish(*words: object) -> int:
    try:
        call_command("publish_style", *(str(word) for word in words))
    except SystemExit as end:
        return int(end.code)
    return 0


@pytest.mark.django_db
def test_a_file_becomes_a_style(trained: Path, alice: User, queue_photo, capsys) -> None:
    words = {"slug": "sea", "artist": "A Painter", "year": "1831", "source": "A museum", "licence": "Public domain"}
    words["description"] = "Blue."
    assert publish(trained, "--name", "Waves", *(w for key, value in words.items() for w in (f"--{key}", value))) == 0
    assert capsys.readouterr().out == "published: Waves (A Painter) as sea\n"
    style = Style.objects.get(slug="sea")
    assert {key: getattr(style, key) for key in words} == words
    assert style.is_published
    assert (style.recipe, style.metrics) == ({"max_steps": 0}, {}), "the file has no losses to tell of"
    job = queue_photo(alice, style=style)
    assert paint_next() == str(job.pk)
    job.refresh_from_db()
    assert job.status == "succeeded"


@pytest.mark.django_db
def test_the_file_says_how_its_training_ended(tmp_path: Path) -> None:
    assert publish(another_style_file(tmp_path / "b.safetensors"), "--name", "B") == 0
    assert Style.objects.get().metrics == {"step": 9, "losses": {"total": 1.5}}


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"no style", None])
def test_a_file_that_is_no_style(content: bytes | None, tmp_path: Path, capsys, leaves_no_trace) -> None:
    if content:
        (tmp_path / "bad.pth").write_bytes(content)
    with leaves_no_trace():
        assert publish(tmp_path / "bad.pth", "--name", "Bad") == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert ("neither a safetensors file" if content else "No such file") in error


@pytest.mark.django_db
def test_a_taken_slug_names_the_option(trained: Path, style: Style, capsys, leaves_no_trace) -> None:
    with leaves_no_trace():
        assert publish(trained, "--name", "Waves") == 2
    assert capsys.readouterr().err.startswith("error: --slug: The catalog has a style 'waves' already.")


@pytest.mark.django_db
def test_the_same_file_is_not_published_twice(trained: Path, verified_before: None, capsys, leaves_no_trace) -> None:
    assert publish(trained, "--name", "Waves") == 0
    with leaves_no_trace():
        assert publish(trained, "--name", "Sea") == 1
    assert "is in the catalog already, as Waves (waves)" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_full_disk_leaves_nothing_behind(
    trained: Path, verified_before: None, monkeypatch, capsys, leaves_no_trace
) -> None:
    from django.core.files.storage import FileSystemStorage

    real = FileSystemStorage._save

    def full(self: FileSystemStorage, name: str, content: object) -> str:
        if name.endswith(".jpg"):
            raise OSError(28, "No space left on device")
        return real(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    with leaves_no_trace():
        assert publish(trained, "--name", "Waves") == 1
    assert "No space left on device" in capsys.readouterr().err


def test_slugs_of_long_names_fit() -> None:
    slug = slug_for("Under the Wave off Kanagawa, also known as The Great Wave")
    assert slug == "under-the-wave-off-kanagawa-also-known-as-the-grea"
    assert slug_for("x" * 49 + " y") == "x" * 49


@pytest.mark.django_db
def test_free_slugs(make_style) -> None:
    assert free_slug("waves") == "waves"
    for slug in ("waves", "waves-2", "x" * 50):
        make_style(slug)
    assert free_slug("waves") == "waves-3"
    assert free_slug("x" * 50) == "x" * 48 + "-2"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_slug_have_one_winner(trained: Path, tmp_path: Path, monkeypatch) -> None:
    files = (trained, another_style_file(tmp_path / "b.safetensors"))
    together = threading.Barrier(2, timeout=120)
    monkeypatch.setattr("stylizer.publish_style.let_go_of_the_database", together.wait)  # when both are verified

    def work(file: Path) -> object:
        try:
            return publish_style(file, CatalogEntry("Waves", "waves", licence="CC0"))
        except Rejected as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(work, files))
    assert outcomes.count("slug_taken") == 1, outcomes
    style = Style.objects.get()
    assert style in outcomes
    assert stored_files() == named_files()


@pytest.mark.parametrize("command", ["train", "publish_style"])
def test_a_database_that_is_not_set_up_gets_a_sentence(command: str, trained: Path, tmp_path: Path) -> None:
    words = {
        "train": ["--content-dir", tmp_path, "--style-image", trained, "--publish", "Waves"],
        "publish_style": [trained, "--name", "Waves"],
    }[command]
    done = subprocess.run(
        [sys.executable, "manage.py", command, *words],
        cwd=django_settings.BASE_DIR,
        env=os.environ | {"EASEL_DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == ("error: The database is not set up for this version. Run first: python manage.py migrate\n")

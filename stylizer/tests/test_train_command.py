"""``manage.py train --publish``: what was trained can be picked and painted with, and a training is never lost."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from PIL import Image

from mlcore.cli import COMMANDS
from stylizer.models import Style, Stylization
from stylizer.tasks import paint_next
from stylizer.tests import pictures
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loss_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loss network that has learnt nothing, which is enough to train against."""
    import torch
    from safetensors.torch import save_file

    from mlcore.vgg_features import VGGFeatures

    with torch.random.fork_rng():
        torch.manual_seed(5)
        path = tmp_path_factory.mktemp("weights") / "vgg16.safetensors"
        save_file(VGGFeatures("vgg16").state_dict(), path)
    return path


@pytest.fixture
def arguments(tmp_path: Path, loss_weights: Path) -> list[str]:
    """A run of two steps on small pictures."""
    (tmp_path / "photos").mkdir()
    for number in range(2):
        pictures.photo(60 + number, 48).save(tmp_path / "photos" / f"{number}.png")
    pictures.photo(70, 90).save(tmp_path / "waves.png")
    values = {
        "content-dir": tmp_path / "photos",
        "style-image": tmp_path / "waves.png",
        "checkpoint-dir": tmp_path / "checkpoints",
        "output-dir": tmp_path / "outputs",
        "loss-network": "vgg16",
        "loss-weights": loss_weights,
        "image-size": 32,
        "style-size": 32,
        "batch-size": 1,
        "max-steps": 2,
        "log-interval": 1,
        "num-workers": 0,
    }
    return [word for name, value in values.items() for word in (f"--{name}", str(value))] + ["--cpu"]


@pytest.fixture
def train(arguments: list[str], capsys) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the command and gives status, output and errors."""

    def run(*more: object) -> tuple[int, str, str]:
        return status_of("train", *arguments, *more), *capsys.readouterr()

    return run


def status_of(*words: object) -> int:
    try:
        call_command(*(str(word) for word in words))
    except SystemExit as end:
        return int(end.code)
    return 0


@pytest.fixture
def no_training(monkeypatch) -> None:
    """A run that must not begin."""
    monkeypatch.setattr(COMMANDS["train"], "run", lambda *_: pytest.fail("training began"))


@pytest.fixture
def trained(monkeypatch, arguments: list[str], style_file: bytes) -> Path:
    """The style file that a run writes, which is then not trained again."""
    path = Path(arguments[arguments.index("--checkpoint-dir") + 1]) / "waves.safetensors"
    path.parent.mkdir()
    path.write_bytes(style_file)
    monkeypatch.setattr(COMMANDS["train"], "run", lambda *_: 0)
    return path


def test_a_trained_style_is_published_picked_and_painted_with(train, as_alice: Client, tmp_path: Path) -> None:
    status, out, err = train("--publish", "The Waves", "--artist", "A Painter", "--year", "1889")
    assert status == 0, err
    assert out.splitlines()[-1] == "published: The Waves (A Painter) as the-waves"
    style = Style.objects.published().get(slug="the-waves")
    assert (style.name, style.artist, style.year, style.licence) == ("The Waves", "A Painter", "1889", "Not stated")
    assert style.recipe["max_steps"] == 2
    assert style.recipe["style_image"] == "waves.png"
    assert str(tmp_path) not in str(style.recipe)
    assert style.metrics["step"] == 2
    assert style.metrics["losses"].keys() == {"total", "content", "style", "tv"}
    with style.preview.open("rb") as file, Image.open(file) as preview:
        assert preview.size == (style.preview_width, style.preview_height) == (512, 384)

    assert "The Waves" in as_alice.get("/studio/").content.decode()
    data = {"photo": SimpleUploadedFile("p.jpg", pictures.jpeg()), "style": "the-waves", "size": "64"}
    assert as_alice.post("/studio/", data).status_code == 302
    job = Stylization.objects.get()
    assert paint_next() == str(job.pk)
    job.refresh_from_db()
    assert (job.status, job.style) == ("succeeded", style)


def test_without_publish_the_catalog_stays_as_it_is(train, tmp_path: Path) -> None:
    status, _, err = train()
    assert status == 0, err
    assert (tmp_path / "checkpoints" / "waves.safetensors").exists()
    assert (Style.objects.count(), stored_files()) == (0, set())


def test_a_stopped_run_is_not_published_and_a_resumed_one_is(train, tmp_path: Path, monkeypatch) -> None:
    from mlcore import training

    real = training.train

    def interrupted(*arguments: object, **options: object) -> Iterator[object]:
        events = real(*arguments, **options)
        yield next(events)
        signal.raise_signal(signal.SIGINT)
        yield from events

    with monkeypatch.context() as patch:
        patch.setattr(training, "train", interrupted)
        status, _, err = train("--publish", "Waves", "--max-steps", 5)
    assert status == 130
    assert "“Waves” is not published, because the run was stopped" in err
    assert not Style.objects.exists()
    (checkpoint,) = (tmp_path / "checkpoints").glob("checkpoint_*.pth")
    status, out, err = train("--publish", "Waves", "--max-steps", 5, "--resume", checkpoint)
    assert status == 0, err
    assert "published: Waves as waves" in out
    assert Style.objects.get().metrics["step"] == 5


def test_a_taken_slug_is_found_before_training(train, style: Style, no_training: None) -> None:
    status, _, err = train("--publish", "Waves")
    assert status == 2
    assert err.startswith("error: --publish-slug: The catalog has a style 'waves' already.")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--publish", "x" * 101], "--publish: Ensure this value has at most 100 characters (it has 101)."),
        (["--publish", " "], "--publish: The style needs a name."),
        (["--publish", "神奈川"], "--publish-slug: “神奈川” has no letters for an address: give one."),
        (["--publish", "A", "--publish-slug", "a b"], "--publish-slug: Enter a valid “slug”"),
        (["--publish", "A", "--year", "in the year of the great wave"], "--year: Ensure this value has at most 20"),
        (["--publish", "A", "--licence", ""], "--licence: This field cannot be blank."),
        (["--publish", "A", "--artist", "\udcff"], "--artist: It holds characters that cannot be shown."),
        (["--publish", "A", "--preview-photo", "absent.jpg"], "--preview-photo: There is no file absent.jpg."),
        (["--artist", "A Painter"], "--artist is about publishing: give --publish NAME too."),
    ],
)
def test_words_that_the_catalog_refuses_are_found_before_training(
    train, no_training: None, options: list[str], sentence: str
) -> None:
    status, _, err = train(*options)
    assert status == 2
    assert err.startswith(f"error: {sentence}")
    assert err.count("\n") == 1


def test_a_media_folder_that_cannot_be_written_is_found_before_training(
    train, no_training: None, settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    settings.MEDIA_ROOT = tmp_path / "file"
    status, _, err = train("--publish", "Waves")
    assert status == 1
    assert err.startswith("error: The style could not be stored in the media folder:")


def test_a_photo_for_the_preview(train, trained: Path, tmp_path: Path) -> None:
    pictures.photo(400, 800).save(tmp_path / "tall.jpg")
    assert train("--publish", "Waves", "--preview-photo", tmp_path / "tall.jpg")[0] == 0
    style = Style.objects.get()
    assert (style.preview_width, style.preview_height) == (256, 512)


def test_what_could_not_be_published_can_be_published_later(train, trained: Path, tmp_path: Path, monkeypatch) -> None:
    pictures.photo(80, 40).save(tmp_path / "my photo.jpg")
    with monkeypatch.context() as patch:
        patch.setattr("stylizer.checkpoint_intake.TIMEOUT_SECONDS", 0.01)
        status, _, err = train(
            *("--publish", "It's Waves", "--licence", "CC0", "--preview-photo", tmp_path / "my photo.jpg")
        )
    assert status == 1
    assert "error: Checking this file took over" in err
    assert f"is kept in {trained}" in err
    assert not Style.objects.exists()
    assert stored_files() == set()

    python, program, *words = shlex.split(err.splitlines()[-1])
    assert (python, Path(program).name) == (sys.executable, "manage.py")
    assert Path(program).is_file()
    monkeypatch.chdir("/")
    assert status_of(*words) == 0
    style = Style.objects.get()
    assert (style.name, style.slug, style.licence) == ("It's Waves", "its-waves", "CC0")
    assert (style.preview_width, style.preview_height) == (512, 256)
    assert stored_files() == named_files()


def test_a_slug_taken_during_the_training_gets_a_sentence_and_another_slug(
    train, trained: Path, verified_before: None, make_style: Callable[..., Style], monkeypatch
) -> None:
    monkeypatch.setattr(COMMANDS["train"], "run", lambda *_: make_style("waves") and 0)
    status, _, err = train("--publish", "Waves")
    assert status == 1
    assert "error: --publish-slug: The catalog has a style 'waves' already." in err
    assert "Traceback" not in err
    assert "--slug waves-2" in err.splitlines()[-1]
    assert stored_files() == named_files()


def test_only_the_first_process_of_torchrun_publishes(
    train, trained: Path, verified_before: None, style: Style, monkeypatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    assert train("--publish", "Waves")[0] == 0, "nothing is checked either: the first process does it"
    assert Style.objects.count() == 1
    monkeypatch.setenv("RANK", "0")
    assert train("--publish", "Waves")[0] == 2
    assert train("--publish", "More Waves")[0] == 0
    assert Style.objects.count() == 2

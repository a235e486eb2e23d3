"""clients/python against a server with a worker: the client as a program uses it, the command as a person does."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from easel_client import BadRequest, Easel, NotAuthenticated, NotFinished, NotFound, new_token
from PIL import Image

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.process_group import PROJECT_DIR
from nstsite.tests.live.program import PASSWORD


@pytest.fixture(scope="module")
def site(new_site: Callable[..., LiveSite]) -> LiveSite:
    site = new_site()
    site.start_web()
    site.start_worker()
    return site


@pytest.fixture(scope="module")
def token(site: LiveSite) -> str:
    return new_token(site.url, "alice", PASSWORD)


@pytest.fixture
def easel(site: LiveSite, token: str) -> Iterator[Easel]:
    with Easel(site.url, token) as easel:
        yield easel


@pytest.fixture
def command(site: LiveSite, token: str, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs ``easel`` in a folder of this test, signed in by variables."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("EASEL_")}
        own |= {"PYTHONPATH": str(PROJECT_DIR / "clients" / "python"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
        return subprocess.run(
            [sys.executable, "-m", "easel_client.command", *arguments],
            cwd=tmp_path,
            env=own | {"EASEL_URL": site.url, "EASEL_TOKEN": token} | variables,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=250,
        )

    return run


def test_a_photo_is_painted_and_its_events_are_told(easel: Easel) -> None:
    style = easel.styles()[0].slug
    job = easel.stylize(photo(160, 120), style, size=96, format="png", strength=0.5, wait=200)
    assert (job.status, job.style, job.raw["strength"]) == ("succeeded", style, 0.5)
    with Image.open(io.BytesIO(easel.jobs.picture(job.id))) as painting:
        assert (painting.format, painting.size) == ("PNG", (96, 72))
    assert job.id in [one.id for one in easel.jobs.list()]


def test_the_same_key_makes_one_job(easel: Easel) -> None:
    style = easel.styles()[0].slug
    content = photo(80, 60)
    first = easel.stylize(content, style, size=64, idempotency_key="once", wait=0)
    second = easel.stylize(content, style, size=64, idempotency_key="once", wait=0)
    assert (second.id, second.replayed) == (first.id, True)
    assert easel.jobs.wait(first, 200).status == "succeeded"


def test_several_photos_are_a_batch(easel: Easel) -> None:
    style = easel.styles()[0].slug
    batch = easel.batches.create([photo(80, 60), photo(60, 80)], [style], size=64)
    assert {easel.jobs.wait(job, 200).status for job in batch.jobs} == {"succeeded"}
    assert easel.batches.get(batch.id).has_ended


def test_a_painting_is_kept_in_the_gallery(easel: Easel) -> None:
    job = easel.stylize(photo(80, 60), easel.styles()[0].slug, size=64, wait=200)
    work = easel.artworks.save(job.id, title="Harbour", strength=0.5)
    assert (work.title, work.is_public, work.raw["strength"]) == ("Harbour", False, 0.5)
    assert easel.artworks.save(job.id, strength=0.5).id == work.id
    with Image.open(io.BytesIO(easel.artworks.picture(work.id))) as picture:
        assert picture.size == (64, 48)
    assert easel.artworks.change(work.id, title="At dusk", is_public=True).is_public
    assert easel.artworks.star(work.id).star_count == 1
    assert work.id in [one.id for one in easel.artworks.public(search="dusk")]
    assert easel.artworks.unstar(work.id).star_count == 0
    assert easel.artworks.move_to_trash(work.id).trashed_at
    assert [one.id for one in easel.artworks.trash()] == [work.id]
    assert easel.artworks.restore(work.id).trashed_at is None
    assert work.id in [one.id for one in easel.artworks.list(ordering="title")]
    easel.artworks.move_to_trash(work.id)
    easel.artworks.delete(work.id)
    with pytest.raises(NotFound):
        easel.artworks.get(work.id)


def test_refusals_are_exceptions(site: LiveSite, easel: Easel) -> None:
    style = easel.styles()[0].slug
    with pytest.raises(BadRequest) as caught:
        easel.stylize(b"no photo", style)
    assert (caught.value.code, list(caught.value.fields)) == ("photo_not_an_image", ["photo"])
    with pytest.raises(NotFound):
        easel.jobs.get("00000000-0000-4000-8000-000000000000")
    with Easel(site.url, "easel_none") as stranger, pytest.raises(NotAuthenticated):
        list(stranger.jobs.list())
    with pytest.raises(BadRequest, match="invalid_credentials"):
        new_token(site.url, "alice", "wrong")


def test_waiting_ends_when_one_has_waited_enough(easel: Easel) -> None:
    job = easel.stylize(photo(2000, 1500), easel.styles()[0].slug, size="original", wait=0)
    with pytest.raises(NotFinished):
        easel.jobs.wait(job, 0)
    assert easel.jobs.cancel(job.id).id == job.id


def test_the_command_paints_a_folder_and_goes_on_where_it_was(
    command: Callable[..., subprocess.CompletedProcess[str]], site: LiveSite, tmp_path: Path
) -> None:
    style = command("styles").stdout.split()[0]
    for number, name in enumerate(["a.jpg", "b.jpg", "sea/c.jpg"]):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(80 + number, 60))
    before = len(site.jobs())
    arguments = ["stylize", "photos", "--style", style, "--output", "out", "--size", "64", "--format", "webp"]
    run = command(*arguments, "--jobs", "3")
    assert (run.returncode, run.stderr) == (0, "3 painted\n")
    outputs = [f"out/{name}-{style}.webp" for name in ("a", "b", "sea/c")]
    assert sorted(run.stdout.split()) == outputs
    for name in outputs:
        with Image.open(tmp_path / name) as painting:
            assert (painting.format, max(painting.size)) == ("WEBP", 64)
    assert len(site.jobs()) == before + 3

    # One was lost, as if the command had been broken off: it is fetched again, and nothing is painted again.
    (tmp_path / outputs[1]).unlink()
    run = command(*arguments)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{outputs[1]}\n", "1 painted, 2 there already\n")
    assert len(site.jobs()) == before + 3
    assert not list(tmp_path.rglob("*.part"))


def test_a_photo_that_is_none_keeps_no_other_from_being_painted(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    style = command("styles").stdout.split()[0]
    (tmp_path / "good.jpg").write_bytes(photo(80, 60))
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    run = command("stylize", "good.jpg", "bad.jpg", "--style", style, "--size", "64")
    assert run.returncode == 1
    assert run.stdout == f"good-{style}.jpg\n"
    assert "bad.jpg" in run.stderr
    assert "photo_not_an_image" in run.stderr
    assert "1 painted, 1 failed" in run.stderr


def test_wrong_usage_ends_with_2_and_says_what_to_do(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo(80, 60))
    run = command("stylize", "photo.jpg", "--style", "no-such-style")
    assert (run.returncode, "There are: " in run.stderr) == (2, True)
    assert command("stylize", "photo.jpg").returncode == 2
    run = command("stylize", "photo.jpg", "--style", "x", EASEL_TOKEN="")
    assert (run.returncode, "easel login" in run.stderr) == (2, True)


def test_a_wrong_token_and_a_server_that_is_away_end_with_1(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    style = command("styles").stdout.split()[0]
    (tmp_path / "photo.jpg").write_bytes(photo(80, 60))
    run = command("stylize", "photo.jpg", "--style", style, EASEL_TOKEN="easel_none")
    assert run.returncode == 1
    assert "Traceback" not in run.stderr


def test_signing_in_keeps_a_token_for_later(
    command: Callable[..., subprocess.CompletedProcess[str]], site: LiveSite, tmp_path: Path
) -> None:
    run = command("login", stdin=f"alice\n{PASSWORD}\n", EASEL_TOKEN="")
    assert run.returncode == 0, run.stderr
    assert PASSWORD not in run.stderr + run.stdout
    (tmp_path / "photo.jpg").write_bytes(photo(80, 60))
    style = command("styles", EASEL_URL="", EASEL_TOKEN="").stdout.split()[0]
    run = command("stylize", "photo.jpg", "--style", style, "--output", "p.png", EASEL_URL="", EASEL_TOKEN="")
    assert (run.returncode, run.stdout) == (0, "p.png\n"), run.stderr
    with Image.open(tmp_path / "p.png") as painting:
        assert painting.format == "PNG"

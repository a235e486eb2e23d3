"""Rules for the whole test run, and the cast: Alice owns, Bob is staff, Charlie is an outsider."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache, caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import ApiToken
from gallery.models import Artwork
from gallery.saving import save_artwork
from nstsite.tests.once_a_run import once_a_run
from stylizer.enqueue import enqueue
from stylizer.models import Style, Stylization
from stylizer.paint_choices import DEFAULTS
from stylizer.tests import pictures
from stylizer.tests.painted_by_hand import paint_by_hand
from stylizer.tests.queue_messages import forget_redis
from stylizer.tests.traces import traces

pytest_plugins = ["nstsite.tests.refused_skips"]

# Programs that tests start compute with one thread unless told otherwise: several tests may run beside each other, and
# threads that wait for each other's cores cost more than they give.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Nor must a worker wait until no other test computes.
os.environ.setdefault("WORKER_NICE", "0")


def pytest_configure() -> None:
    """Heed Ctrl-C also where the run was started in the background, since a shell lets such a program ignore it.

    What is ignored is inherited: programs that tests start and interrupt would not notice.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


PASSWORD = "a long walk home"  # noqa: S105


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A media folder for this test alone."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    return Path(settings.MEDIA_ROOT)


@pytest.fixture(autouse=True)
def forget_attempts(request: pytest.FixtureRequest) -> None:
    """Empty what no rollback and no flush does: the memory's cache, Redis, and after real transactions the table's."""
    caches["process"].clear()
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        cache.clear()
    forget_redis()


@pytest.fixture
def alice(db: None) -> User:
    """She owns the jobs and artworks."""
    return User.objects.create_user("alice", "alice@example.org", PASSWORD)


@pytest.fixture
def bob(db: None) -> User:
    """He is the administrator."""
    return User.objects.create_superuser("bob", "bob@example.org", PASSWORD)


@pytest.fixture
def charlie(db: None) -> User:
    """He has an account and nothing else."""
    return User.objects.create_user("charlie", "charlie@example.org", PASSWORD)


@pytest.fixture
def anyone(db: None) -> Client:
    """The browser of an anonymous visitor."""
    return Client()


@pytest.fixture
def browser() -> Callable[[User], Client]:
    """Return the browser of somebody who has signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def as_alice(alice: User, browser: Callable[[User], Client]) -> Client:
    """Alice's browser."""
    return browser(alice)


@pytest.fixture
def as_charlie(charlie: User, browser: Callable[[User], Client]) -> Client:
    """Charlie's browser."""
    return browser(charlie)


@pytest.fixture
def as_bob(bob: User, browser: Callable[[User], Client]) -> Client:
    """Bob's browser."""
    return browser(bob)


@pytest.fixture
def program() -> Callable[[User], Client]:
    """Return a program that holds somebody's token."""

    def with_token(user: User) -> Client:
        _, token = ApiToken.issue(user, days=1)
        return Client(headers={"authorization": f"Token {token}"})

    return with_token


@pytest.fixture
def alices_program(alice: User, program: Callable[[User], Client]) -> Client:
    """A program of Alice's."""
    return program(alice)


@pytest.fixture(scope="session")
def style_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real style file, its network untrained: it paints noise, which is as good where looks do not matter."""
    import torch

    from mlcore.checkpoint import save_style_file
    from mlcore.engines.choose import open_engine
    from mlcore.style_metadata import StyleMetadata
    from mlcore.transformer_network import TransformerNetwork

    def train_nothing(folder: Path) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = TransformerNetwork()
        path = folder / "untrained.safetensors"
        save_style_file(path, network, StyleMetadata(config={"max_steps": 0}))
        # The engines are measured now: in a test it would take longer than its transaction can keep others waiting.
        open_engine(path, threads=1, cache=folder / "engine-cache")

    folder = once_a_run(tmp_path_factory, "untrained-style", train_nothing)
    shutil.copytree(folder / "engine-cache", settings.EASEL_ENGINE_CACHE, dirs_exist_ok=True)
    return (folder / "untrained.safetensors").read_bytes()


@pytest.fixture
def make_style(db: None) -> Callable[..., Style]:
    """Return a function that adds a style to the catalog; unless given a real style file, it cannot paint."""

    def make(slug: str = "waves", style_file: bytes = b"not to be opened", **fields: Any) -> Style:
        values = {"name": slug.title(), "artist": "Nobody", "licence": "public domain"} | fields
        style = Style(slug=slug, **values)
        style.store_files(style_file, pictures.jpeg(64, 48))
        style.save()
        return style

    return make


@pytest.fixture
def style(make_style: Callable[..., Style]) -> Style:
    """A published style to pick; nothing is painted with it."""
    return make_style()


@pytest.fixture
def noise(make_style: Callable[..., Style], style_file: bytes) -> Style:
    """A style that really paints."""
    return make_style("noise", style_file, position=200)


@pytest.fixture
def queue_photo(style: Style) -> Callable[..., Stylization]:
    """Return a function that queues a photo in ``style``, with choices by their names."""

    def queue(owner: User, content: bytes | None = None, *, size: int | None = 64, **choices: Any) -> Stylization:
        upload = SimpleUploadedFile("photo.jpg", content or pictures.jpeg(), "image/jpeg")
        chosen_style = choices.pop("style", style)
        return enqueue(owner, upload, chosen_style, dataclasses.replace(DEFAULTS, size=size, **choices))

    return queue


@pytest.fixture
def finish() -> Callable[[Stylization], Stylization]:
    """Return a function that brings the only queued job to its end as a worker does, with a picture drawn by hand."""
    return paint_by_hand


@pytest.fixture
def alices_job(
    alice: User, queue_photo: Callable[..., Stylization], finish: Callable[[Stylization], Stylization]
) -> Stylization:
    """A painted job of Alice's."""
    return finish(queue_photo(alice))


@pytest.fixture
def alices_artwork(alices_job: Stylization) -> Artwork:
    """A private artwork of Alice's."""
    return save_artwork(alices_job)


@pytest.fixture
def leaves_no_trace(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Callable[[], AbstractContextManager[None]]:
    """Return a context manager that fails when files, rows or queue messages were added or removed inside."""

    @contextlib.contextmanager
    def check() -> Iterator[None]:
        before = traces()
        with django_capture_on_commit_callbacks(execute=True):
            yield
        if (after := traces()) != before:
            pytest.fail(f"this was left behind: {after}, before: {before}")

    return check

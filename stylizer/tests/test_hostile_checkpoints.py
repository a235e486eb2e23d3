"""What is no style is refused with its reason, through the real form and the real worker, and leaves nothing behind.

What stays is the row that tells the reason, for the administrator to read and remove.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mlcore.checkpoint import MAX_FILE_BYTES
from stylizer.checkpoint_intake import MAX_CHECKPOINT_BYTES
from stylizer.models import Style, StyleIntake
from stylizer.tests import pictures
from stylizer.tests.catalog_pages import ADD, children, saved, send, take_in
from stylizer.tests.queue_messages import messages
from stylizer.tests.traces import stored_files

pytestmark = pytest.mark.usefixtures("one_transaction")


@pytest.fixture
def nothing_stays(
    db: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Return a context manager that fails when a file, a style, a message or a process was left by what is inside."""
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def look() -> list[object]:
        left = sorted(temporary.iterdir())
        return [stored_files(), set(Style.objects.values_list("pk")), messages(), children(), left]

    @contextlib.contextmanager
    def check() -> Iterator[None]:
        before = look()
        yield
        assert look() == before

    return check


@pytest.fixture
def network():
    from mlcore.transformer_network import TransformerNetwork

    return TransformerNetwork()


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self):
        return os.system, (f"touch {self.sentinel}",)


def refused(as_bob: Client, content: bytes) -> StyleIntake:
    """Send it, let the worker look, and return the intake; its page tells the reason, and it can be removed."""
    intake = take_in(send(as_bob, ADD, content))
    assert (intake.state, intake.style, intake.attempts) == ("refused", None, 1)
    assert (intake.upload.name, intake.style_image.name, intake.lease_token) == ("", "", None)
    page = as_bob.get(intake.get_absolute_url()).content.decode()
    assert "Nothing was kept of the file." in page
    assert "refused" in page.lower()
    assert as_bob.post(f"/admin/stylizer/styleintake/{intake.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not StyleIntake.objects.exists()
    return intake


@pytest.mark.parametrize("kind", ["bare pickle", "beside good weights"])
def test_a_pickle_that_runs_code(as_bob: Client, nothing_stays, tmp_path: Path, network, kind: str) -> None:
    sentinel = tmp_path / "it-ran"
    bomb = Bomb(sentinel)
    content = (
        pickle.dumps(bomb)
        if kind == "bare pickle"
        else saved({"model_state_dict": network.state_dict(), "config": bomb})
    )
    with nothing_stays():
        intake = refused(as_bob, content)
    assert "could run code" in intake.reason or "damaged" in intake.reason
    assert not sentinel.exists()
    if kind == "bare pickle":
        pickle.loads(content)
        assert sentinel.exists(), "it would have run"


def test_a_wrong_shape(as_bob: Client, nothing_stays, network) -> None:
    import torch

    state = network.state_dict() | {"conv1.weight": torch.zeros(16, 3, 9, 9)}
    with nothing_stays():
        intake = refused(as_bob, saved(state))
    assert "'conv1.weight' has shape (16, 3, 9, 9), the network needs (32, 3, 9, 9)" in intake.reason


def test_a_nan(as_bob: Client, nothing_stays, network) -> None:
    network.conv_out.bias.data[0] = float("nan")
    with nothing_stays():
        intake = refused(as_bob, saved(network.state_dict()))
    assert "'conv_out.bias' holds NaN" in intake.reason


def test_a_renamed_jpeg(as_bob: Client, nothing_stays) -> None:
    with nothing_stays():
        intake = refused(as_bob, pictures.jpeg())
    assert "neither a safetensors file nor a PyTorch checkpoint" in intake.reason
    assert "/tmp" not in intake.reason


def test_an_empty_file(as_bob: Client, nothing_stays) -> None:
    with nothing_stays():
        intake = refused(as_bob, b"")
    assert intake.reason_code == "checkpoint_invalid"


BOUNDARY = "a-line-between-parts"
GIGABYTES = 2


class Stream:
    """The body of a request with a file of two gigabytes, made while it is read."""

    def __init__(self, words: dict[str, str]) -> None:
        head = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in words.items()
        )
        head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="upload"; filename="big.pth"\r\n'
        self._head = head.encode() + b"Content-Type: application/octet-stream\r\n\r\n"
        self._tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        self._left = GIGABYTES * 2**30
        self.length = len(self._head) + self._left + len(self._tail)
        self.most_stored = 0

    def read(self, size: int = -1) -> bytes:
        if self._head:
            part, self._head = self._head[:size], self._head[size:]
            return part
        if self._left:
            part = bytes(min(size, self._left, 2**20))
            self._left -= len(part)
            self.most_stored = max(self.most_stored, temporary_bytes())
            return part
        part, self._tail = self._tail[:size], self._tail[size:]
        return part

    def readline(self) -> bytes:
        pytest.fail("nobody reads a file's lines")


def temporary_bytes() -> int:
    folder = Path(django_settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    return sum(path.stat().st_size for path in folder.glob("*.upload*") if path.exists())


def test_two_gigabytes(as_bob: Client, nothing_stays) -> None:
    body = Stream({"name": "Big", "slug": "big", "licence": "CC0", "position": "1"})
    before = temporary_bytes()
    with nothing_stays():
        response = as_bob.generic(
            "POST",
            ADD,
            **{
                "wsgi.input": body,
                "CONTENT_LENGTH": str(body.length),
                "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            },
        )
    assert body.most_stored <= before + MAX_CHECKPOINT_BYTES, "it never lay on the disk"
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert errors["upload"] == ["This file has 2048 MB; a checkpoint of this network has at most 128 MB."]
    assert not StyleIntake.objects.exists(), "it did not even get to a worker"
    assert MAX_CHECKPOINT_BYTES == MAX_FILE_BYTES


def test_a_new_style_needs_its_file(as_bob: Client, nothing_stays) -> None:
    with nothing_stays():
        response = send(as_bob, ADD, None)
    assert response.context["adminform"].form.errors == {"upload": ["Choose the style's checkpoint."]}


def test_checking_that_takes_too_long_is_given_up(as_bob: Client, nothing_stays, monkeypatch) -> None:
    monkeypatch.setattr("stylizer.checkpoint_intake.TIMEOUT_SECONDS", 0.01)
    with nothing_stays():
        intake = refused(as_bob, b"anything")
    assert "took over" in intake.reason


def test_a_style_image_that_is_none(as_bob: Client, nothing_stays, style_file: bytes) -> None:
    with nothing_stays():
        response = send(as_bob, ADD, style_file, style_image_upload=SimpleUploadedFile("a.jpg", b"no picture"))
    (error,) = response.context["adminform"].form.errors["style_image_upload"]
    assert "not a photo Easel can read" in error


def test_only_staff_who_may_add_styles_get_that_far(browser, style_file: bytes, nothing_stays) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    with nothing_stays():
        assert send(browser(clerk), ADD, style_file).status_code == 403
    assert not StyleIntake.objects.exists()

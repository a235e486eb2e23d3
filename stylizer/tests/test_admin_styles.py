"""The catalog's administration: a checkpoint becomes a style only after it was checked, and hostile ones never do."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from stylizer.models import Style
from stylizer.tasks import paint_next
from stylizer.tests import pictures
from stylizer.tests.traces import stored_files

ADD = "/admin/stylizer/style/add/"


def change(style: Style) -> str:
    return f"/admin/stylizer/style/{style.pk}/change/"


def send(client: Client, address: str, content: bytes | None, **fields: str):
    data = {"name": "Waves", "slug": "waves", "artist": "Nobody", "licence": "public domain", "position": "3"}
    if content is not None:
        data["upload"] = SimpleUploadedFile("style.safetensors", content)
    return client.post(address, data | {"is_published": "on"} | fields)


def reason(response) -> str:
    """Return what stands beside the field for the file, and nowhere else."""
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert errors.keys() == {"upload"}
    (text,) = errors["upload"]
    page = response.content.decode()
    assert "<div" in page[page.index("field-upload") :]
    beside = page[page.index("field-upload") : page.index("field-is_published")]
    assert "errorlist" in beside
    return text


def test_adding_a_style(as_bob: Client, alice: User, style_file: bytes, queue_photo: Callable, anyone: Client) -> None:
    Style.objects.all().delete()
    assert send(as_bob, ADD, style_file).status_code == 302
    style = Style.objects.get()
    assert (style.slug, style.name, style.is_published, style.position) == ("waves", "Waves", True, 3)
    assert style.recipe == {"max_steps": 0}, "what the file says of its making"
    assert len(style.checkpoint_sha256) == 64
    with style.preview.open("rb") as file, Image.open(file) as preview:
        assert preview.format == "JPEG"
        assert preview.size == (style.preview_width, style.preview_height)
        assert max(preview.size) == 512
    assert anyone.get(style.preview_url).getvalue()
    job = queue_photo(alice, style=style)
    assert paint_next() == str(job.pk)
    job.refresh_from_db()
    assert job.status == "succeeded", "the stored file paints"


def test_adding_a_style_of_the_pytorch_examples(as_bob: Client, alice: User, queue_photo: Callable) -> None:
    import torch

    from mlcore.tests.examples_network import examples_forward, examples_state

    theirs = examples_state()
    content = saved({"model": {f"module.{key}": value for key, value in theirs.items()}})
    assert send(as_bob, ADD, content, slug="theirs").status_code == 302
    style = Style.objects.get(slug="theirs")
    assert b'"architecture_args":"{\\"output\\": \\"linear\\"}"' in Path(style.checkpoint.path).read_bytes()[:1000]
    photo = pictures.photo(64, 48)
    job = queue_photo(alice, pictures.encoded(photo, "PNG"), style=style)
    assert paint_next() == str(job.pk)
    job.refresh_from_db()
    assert job.status == "succeeded"
    with job.result.open("rb") as file, Image.open(file) as result:
        painted = torch.tensor(list(result.convert("RGB").tobytes())).float()
    pixels = torch.tensor(list(photo.tobytes())).float().view(1, 48, 64, 3).permute(0, 3, 1, 2)
    expected = examples_forward(theirs, pixels).clamp(0, 255).permute(0, 2, 3, 1).flatten()
    apart = (painted - expected).abs().mean().item()
    assert apart < 0.2 * (expected - expected.mean()).abs().mean().item(), "as there, but for what JPEG takes"


@pytest.fixture
def network():
    from mlcore.transformer_network import TransformerNetwork

    return TransformerNetwork()


def saved(value: object) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self):
        return os.system, (f"touch {self.sentinel}",)


@pytest.mark.parametrize("kind", ["bare pickle", "beside good weights", "in a wrapper"])
def test_code_in_a_checkpoint_is_never_run(as_bob: Client, leaves_no_trace, tmp_path: Path, network, kind: str) -> None:
    sentinel = tmp_path / "it ran".replace(" ", "-")
    bomb = Bomb(sentinel)
    content = {
        "bare pickle": lambda: pickle.dumps(bomb),
        "beside good weights": lambda: saved({"model_state_dict": network.state_dict(), "config": bomb}),
        "in a wrapper": lambda: saved({"model": {"state_dict": network.state_dict(), "arguments": bomb}}),
    }[kind]()
    with leaves_no_trace():
        response = send(as_bob, ADD, content)
    assert "could run code" in reason(response) or "damaged" in reason(response)
    assert not sentinel.exists()
    if kind == "bare pickle":
        pickle.loads(content)
        assert sentinel.exists(), "it would have run"


def test_weights_of_another_shape(as_bob: Client, leaves_no_trace, network) -> None:
    import torch

    state = network.state_dict() | {"conv1.weight": torch.zeros(16, 3, 9, 9)}
    with leaves_no_trace():
        response = send(as_bob, ADD, saved(state))
    assert "'conv1.weight' has shape (16, 3, 9, 9), the network needs (32, 3, 9, 9)" in reason(response)


def test_a_network_that_upsamples_in_another_way(as_bob: Client, leaves_no_trace, network) -> None:
    from mlcore.tests.examples_network import transposed_state

    with leaves_no_trace():
        response = send(as_bob, ADD, saved(transposed_state(network)))
    assert "it upsamples by a transposed convolution" in reason(response)


def test_weights_that_are_not_numbers(as_bob: Client, leaves_no_trace, network) -> None:
    network.conv_out.bias.data[0] = float("nan")
    with leaves_no_trace():
        response = send(as_bob, ADD, saved(network.state_dict()))
    assert "NaN" in reason(response)


def test_a_photo_named_like_a_checkpoint(as_bob: Client, leaves_no_trace) -> None:
    with leaves_no_trace():
        response = send(as_bob, ADD, pictures.jpeg())
    text = reason(response)
    assert "neither a safetensors file nor a PyTorch checkpoint" in text
    assert "/tmp" not in text


def test_a_file_that_is_too_large_is_not_opened(as_bob: Client, leaves_no_trace, monkeypatch) -> None:
    monkeypatch.setattr("stylizer.checkpoint_intake.MAX_CHECKPOINT_BYTES", 2**20)
    monkeypatch.setattr("stylizer.checkpoint_intake._run_verifier", lambda *_: pytest.fail("it was opened"))
    with leaves_no_trace():
        response = send(as_bob, ADD, b"\0" * 3 * 2**20)
    assert reason(response) == "This file has 3 MB; a checkpoint of this network has at most 1 MB."


def test_a_new_style_needs_its_file(as_bob: Client, leaves_no_trace) -> None:
    with leaves_no_trace():
        response = send(as_bob, ADD, None)
    assert reason(response) == "Choose the style's checkpoint."


def test_checking_that_takes_too_long_is_given_up(as_bob: Client, leaves_no_trace, monkeypatch) -> None:
    monkeypatch.setattr("stylizer.checkpoint_intake.TIMEOUT_SECONDS", 0.01)
    with leaves_no_trace():
        response = send(as_bob, ADD, b"anything")
    assert "took over" in reason(response)


def test_changing_the_words_keeps_the_files(as_bob: Client, style: Style) -> None:
    before = Style.objects.values().get()
    files = stored_files()
    assert send(as_bob, change(style), None, name="Sea", position="7").status_code == 302
    assert Style.objects.values().get() == before | {"name": "Sea", "position": 7}
    assert stored_files() == files


def test_a_replacement_that_is_refused_keeps_the_old_file(as_bob: Client, style: Style, monkeypatch) -> None:
    monkeypatch.setattr("stylizer.checkpoint_intake.MAX_CHECKPOINT_BYTES", 10)
    before = Style.objects.values().get()
    files = stored_files()
    assert reason(send(as_bob, change(style), b"eleven bytes", name="Sea"))
    assert Style.objects.values().get() == before
    assert stored_files() == files


def test_a_replacement_is_taken_whole(as_bob: Client, style: Style, style_file: bytes) -> None:
    Style.objects.update(metrics={"ssim": 0.37})
    old = style.checkpoint_sha256
    assert send(as_bob, change(style), style_file).status_code == 302
    style.refresh_from_db()
    assert style.checkpoint_sha256 != old
    assert style.metrics == {}, "the old file's figures are not the new one's"
    assert style.checkpoint.storage.exists(style.checkpoint.name)
    assert style.preview.storage.exists(style.preview.name)


def test_unpublishing_from_the_list(as_bob: Client, anyone: Client, style: Style) -> None:
    data = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": str(style.pk),
        "form-0-position": "5",
        "_save": "Save",
    }
    assert as_bob.post("/admin/stylizer/style/", data).status_code == 302
    style.refresh_from_db()
    assert (style.is_published, style.position) == (False, 5)
    assert anyone.get(f"/styles/{style.slug}/preview/").status_code == 404


def test_a_style_with_paintings_cannot_be_deleted(as_bob: Client, style: Style, alices_job) -> None:
    for address, data in (
        (f"/admin/stylizer/style/{style.pk}/delete/", {"post": "yes"}),
        ("/admin/stylizer/style/", {"action": "delete_selected", "_selected_action": str(style.pk), "post": "yes"}),
    ):
        assert as_bob.post(address, data).status_code in (200, 302, 403)
        assert Style.objects.filter(pk=style.pk).exists()
    alices_job.refresh_from_db()
    assert alices_job.status == "succeeded"


def test_staff_may_only_what_they_were_given(browser: Callable[[User], Client], style: Style) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    client = browser(clerk)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/stylizer/style/").status_code == 403
    assert client.get(ADD).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_style"))
    client = browser(User.objects.get(pk=clerk.pk))
    assert client.get(change(style)).status_code == 200
    assert send(client, change(style), None, name="Mine").status_code == 403
    style.refresh_from_db()
    assert style.name == "Waves"

"""Sending the catalog's forms as an administrator does, and letting a worker do what they ask for."""

from __future__ import annotations

import io
import os
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stylizer.models import Style, StyleIntake
from stylizer.starter_pack import STARTER_DIR
from stylizer.tasks import take_in_next

ADD = "/admin/stylizer/style/add/"
UDNIE = STARTER_DIR / "udnie.safetensors"


def change(style: Style) -> str:
    """Return the address of a style's form."""
    return f"/admin/stylizer/style/{style.pk}/change/"


def send(client: Client, address: str, content: bytes | None, **fields: object):
    """Send the form with a checkpoint."""
    data: dict[str, object] = {"name": "Waves", "slug": "waves", "artist": "Nobody", "licence": "CC0", "position": "3"}
    if content is not None:
        data["upload"] = SimpleUploadedFile("style.pth", content)
    return client.post(address, data | {"publish": "on"} | fields)


def take_in(response) -> StyleIntake:
    """Let a worker do the intake that a form has led to, in real child processes, and return how it ended."""
    assert response.status_code == 302, response.context["adminform"].form.errors
    intake = StyleIntake.objects.get(pk=response.url.split("/")[-3])
    assert intake.state == "queued"
    assert take_in_next() == str(intake.pk)
    intake.refresh_from_db()
    return intake


def saved(value: object) -> bytes:
    """Return a PyTorch checkpoint."""
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def children() -> set[int]:
    """Return the process ids of this process's children, those that have ended but were not waited for too."""
    return {int(pid) for task in Path(f"/proc/{os.getpid()}/task").iterdir() for pid in _read(task / "children")}


def _read(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []

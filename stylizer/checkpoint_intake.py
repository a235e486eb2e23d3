"""Verifying an uploaded checkpoint before it becomes a style.

The file is hostile until proven otherwise, and this process must not load torch: ``python -m mlcore verify`` opens it
in a child that limits its own memory, time and file size, converts it, paints a preview and answers in one JSON line.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.base import File

from stylizer.mlcore_child import NoAnswer, bare_environment, run_mlcore
from stylizer.rejections import Rejected

MAX_CHECKPOINT_BYTES = 128 * 2**20
TIMEOUT_SECONDS = 240
"""Of the clock. The child's limit of processor time is 60; on a busy machine the clock runs faster."""


@dataclass(frozen=True)
class VerifiedCheckpoint:
    """A style file made from the upload, what it says of itself, and a preview (JPEG)."""

    style_file: bytes
    recipe: dict[str, Any]
    metrics: dict[str, Any]
    """The step its training ended at and the weighted losses there; empty where the file does not say."""
    preview: bytes


def check_size(byte_size: int) -> None:
    """Refuse a file by its size alone.

    Raises:
        Rejected: too large.
    """
    if byte_size > MAX_CHECKPOINT_BYTES:
        raise _rejected(
            "checkpoint_too_large",
            f"This file has {byte_size / 2**20:.0f} MB; a checkpoint of this network has at most "
            f"{MAX_CHECKPOINT_BYTES // 2**20} MB.",
        )


def verify_checkpoint(
    upload: File[bytes], photo: Path | None = None, tick: Callable[[], None] = lambda: None
) -> VerifiedCheckpoint:
    """Return the verified checkpoint; its preview is ``photo`` painted, or a landscape that comes with Easel.

    ``tick`` is called twice a second; what it raises ends the check.

    Raises:
        Rejected: too large, damaged, holding code, another architecture, not finite, or too slow to check.
    """
    check_size(upload.size)
    with tempfile.TemporaryDirectory(prefix="easel-intake-") as folder:
        checkpoint, style_file, preview = (
            Path(folder) / name for name in ("upload", "style.safetensors", "preview.jpg")
        )
        with checkpoint.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        answer = _run_verifier(checkpoint, style_file, preview, photo, tick)
        if not answer.get("ok"):
            raise _rejected(str(answer.get("code", "checkpoint_invalid")), str(answer.get("detail", "Unreadable.")))
        return VerifiedCheckpoint(
            style_file=style_file.read_bytes(),
            recipe=dict(answer.get("config") or {}),
            metrics={key: answer[key] for key in ("step", "losses") if answer.get(key)},
            preview=preview.read_bytes(),
        )


def _run_verifier(
    checkpoint: Path, style_file: Path, preview: Path, photo: Path | None, tick: Callable[[], None]
) -> dict[str, Any]:
    arguments = ["verify", "--checkpoint", str(checkpoint), "--style-file", str(style_file), "--preview", str(preview)]
    arguments += ["--photo", str(photo.resolve())] if photo else []
    try:
        return run_mlcore(
            arguments, environment=bare_environment(checkpoint.parent), timeout=TIMEOUT_SECONDS, tick=tick
        )
    except TimeoutError as error:
        raise _rejected("checkpoint_too_slow", f"Checking this file took over {TIMEOUT_SECONDS} s.") from error
    except NoAnswer as error:
        raise _rejected(
            "checkpoint_invalid", "This file could not be checked within the limits of memory and time."
        ) from error


def _rejected(code: str, detail: str) -> Rejected:
    return Rejected(code, detail, field="checkpoint")

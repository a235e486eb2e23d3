"""Verifying an uploaded checkpoint before it becomes a style.

The file is hostile until proven otherwise, and this process must not load torch: ``python -m mlcore verify`` opens it
in a child that limits its own memory, time and file size, converts it, paints a preview and answers in one JSON line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File

from stylizer.rejections import Rejected

MAX_CHECKPOINT_BYTES = 128 * 2**20
TIMEOUT_SECONDS = 100
"""Below gunicorn's own limit on a request."""


@dataclass(frozen=True)
class VerifiedCheckpoint:
    """A style file made from the upload, what it says of itself, and a preview (JPEG)."""

    style_file: bytes
    recipe: dict[str, Any]
    metrics: dict[str, Any]
    """The step its training ended at and the weighted losses there; empty where the file does not say."""
    preview: bytes


def verify_checkpoint(upload: File[bytes], photo: Path | None = None) -> VerifiedCheckpoint:
    """Return the verified checkpoint; its preview is ``photo`` painted, or a landscape that comes with Easel.

    Raises:
        Rejected: too large, damaged, holding code, another architecture, not finite, or too slow to check.
    """
    if upload.size > MAX_CHECKPOINT_BYTES:
        raise _rejected(
            "checkpoint_too_large",
            f"This file has {upload.size / 2**20:.0f} MB; a checkpoint of this network has at most "
            f"{MAX_CHECKPOINT_BYTES // 2**20} MB.",
        )
    with tempfile.TemporaryDirectory(prefix="easel-intake-") as folder:
        checkpoint, style_file, preview = (
            Path(folder) / name for name in ("upload", "style.safetensors", "preview.jpg")
        )
        with checkpoint.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        answer = _run_verifier(checkpoint, style_file, preview, photo)
        if not answer.get("ok"):
            raise _rejected(str(answer.get("code", "checkpoint_invalid")), str(answer.get("detail", "Unreadable.")))
        return VerifiedCheckpoint(
            style_file=style_file.read_bytes(),
            recipe=dict(answer.get("config") or {}),
            metrics={key: answer[key] for key in ("step", "losses") if answer.get(key)},
            preview=preview.read_bytes(),
        )


def _run_verifier(checkpoint: Path, style_file: Path, preview: Path, photo: Path | None) -> dict[str, Any]:
    command = [sys.executable, "-m", "mlcore", "verify", "--checkpoint", str(checkpoint)]
    command += ["--style-file", str(style_file), "--preview", str(preview)]
    command += ["--photo", str(photo.resolve())] if photo else []
    # Nothing of this process's environment (secret key, database password) is the child's business.
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(checkpoint.parent), "LANG": "C.UTF-8"}
    try:
        child = subprocess.run(  # noqa: S603  # fixed arguments, no shell
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        answer = json.loads(child.stdout.decode().strip().splitlines()[-1])
    except subprocess.TimeoutExpired as error:
        raise _rejected("checkpoint_too_slow", f"Checking this file took over {TIMEOUT_SECONDS} s.") from error
    except (ValueError, IndexError) as error:
        # The limits ended the child before it could say more.
        raise _rejected(
            "checkpoint_invalid", "This file could not be checked within the limits of memory and time."
        ) from error
    return dict(answer)


def _rejected(code: str, detail: str) -> Rejected:
    return Rejected(code, detail, field="checkpoint")

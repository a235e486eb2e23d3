"""``verify``: check a checkpoint of unknown origin and make a style file and a preview from it.

Meant to be run in a process of its own, which limits itself before it opens the file: whatever the file does to the
reader ends with this process.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from mlcore.commands.console import Console
from mlcore.commands.options import positive_int
from mlcore.errors import MlcoreError, is_out_of_memory
from mlcore.parent_watch import end_with_parent

SUMMARY = "Check a checkpoint from a stranger within limits; write its style file and a preview. Answers in JSON."

PREVIEW_SIDE = 512
MAX_OUTPUT_MB = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--checkpoint", type=Path, metavar="PATH", required=True, help="file to check")
    parser.add_argument(
        "--style-file", type=Path, metavar="OUT", required=True, help="style file to write, .safetensors with float16"
    )
    parser.add_argument("--preview", type=Path, metavar="OUT", required=True, help="painted picture to write, .jpg")
    parser.add_argument(
        "--photo",
        type=Path,
        metavar="PATH",
        help=f"photo to paint, reduced to {PREVIEW_SIDE} pixels (default: a landscape of our own)",
    )
    parser.add_argument(
        "--max-memory-mb",
        type=positive_int,
        metavar="N",
        default=1024,
        help="memory the check may take beside the libraries, MiB; Linux only (default: %(default)s)",
    )
    parser.add_argument(
        "--max-cpu-seconds",
        type=positive_int,
        metavar="N",
        default=60,
        help="processor time the check may take, seconds (default: %(default)s)",
    )
    parser.add_argument(
        "--end-with-input", action="store_true", help="end when standard input closes (default: go on without it)"
    )


def run(options: dict[str, Any], console: Console) -> int:
    """Print one line of JSON: ``{"ok": true, …}`` and 0, or ``{"ok": false, "code", "detail"}`` and 1."""
    if options["end_with_input"]:
        end_with_parent()
    import torch

    from mlcore.checkpoint_verification import verify_checkpoint
    from mlcore.image_io import open_photo
    from mlcore.process_limits import OutOfTime, limit_this_process
    from mlcore.sample_scene import sample_scene

    # Every thread reserves a stack, which counts as memory.
    torch.set_num_threads(1)
    limit_this_process(
        memory_mb=options["max_memory_mb"], cpu_seconds=options["max_cpu_seconds"], file_mb=MAX_OUTPUT_MB
    )
    answer: dict[str, Any]
    try:
        photo = open_photo(options["photo"], longest_side=PREVIEW_SIDE) if options["photo"] else sample_scene()
        verified = verify_checkpoint(options["checkpoint"], options["style_file"], options["preview"], photo)
        answer = {"ok": True} | verified.as_json()
    except MlcoreError as error:
        answer = _refusal(error.code, str(error))
    except OutOfTime:
        answer = _refusal("checkpoint_too_slow", f"Checking took over {options['max_cpu_seconds']} s; it was given up.")
    except Exception as error:
        # The answer is the only thing the caller sees, so every end of the check must have one.
        if is_out_of_memory(error):
            answer = _refusal("checkpoint_too_large", "The file unpacks to more memory than a checkpoint may take.")
        elif isinstance(error, OSError):
            answer = _refusal("cannot_write", f"A file cannot be read or written: {error}")
        else:
            answer = _refusal("checkpoint_invalid", f"Checking the file failed: {type(error).__name__}: {error}")
    console.print(json.dumps(answer, allow_nan=False))
    return 0 if answer["ok"] else 1


def _refusal(code: str, detail: str) -> dict[str, Any]:
    return {"ok": False, "code": code, "detail": detail[:1000]}

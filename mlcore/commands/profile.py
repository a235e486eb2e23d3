"""``profile``: paint the preview photos in a style and measure what it costs here, in a process of its own.

A process of its own, because the peak of memory is a process's, and because whatever the style does to the engine ends
with it.
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

SUMMARY = "Measure a style's time, memory and artefacts in the fastest engine here; paint previews. Answers in JSON."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--style-file", type=Path, metavar="PATH", required=True, help="style file to measure")
    parser.add_argument(
        "--previews", type=Path, metavar="FOLDER", required=True, help="folder for the painted previews, NAME.png"
    )
    parser.add_argument(
        "--threads", type=positive_int, metavar="N", help="threads to compute with (default: one a core)"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="where engines keep what was measured and compiled (default: nowhere)",
    )
    parser.add_argument(
        "--end-with-input", action="store_true", help="end when standard input closes (default: go on without it)"
    )


def run(options: dict[str, Any], console: Console) -> int:
    """Print lines of JSON, ``{"share": 0.5}``; the last has ``"ok"``: true and figures, or false, code and detail."""
    if options["end_with_input"]:
        end_with_parent()
    from mlcore.engines.choose import open_engine
    from mlcore.style_profile import profile_style

    def report(share: float) -> None:
        console.print(json.dumps({"share": round(share, 3)}))

    answer: dict[str, Any]
    try:
        engine = open_engine(options["style_file"], threads=options["threads"], cache=options["cache"])
        options["previews"].mkdir(parents=True, exist_ok=True)
        answer = {"ok": True} | profile_style(engine, options["previews"], report).as_json()
    except MlcoreError as error:
        answer = {"ok": False, "code": error.code, "detail": str(error)}
    except Exception as error:  # the answer is the only thing the caller sees
        code = "out_of_memory" if is_out_of_memory(error) else "profile_failed"
        answer = {"ok": False, "code": code, "detail": f"Measuring failed: {type(error).__name__}: {error}"[:1000]}
    console.print(json.dumps(answer, allow_nan=False))
    return 0 if answer["ok"] else 1

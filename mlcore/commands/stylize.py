"""``stylize``: paint one photo, or every photo of a folder, in one style or in many."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlcore.batch_painting import paint_batch
from mlcore.commands.console import Console
from mlcore.commands.options import add_cpu_option, output_size
from mlcore.commands.stylize_explain import explain
from mlcore.commands.stylize_jobs import make_jobs
from mlcore.commands.stylize_report import StylizeReport
from mlcore.engine_shelf import EngineShelf, capacity_for
from mlcore.engines.candidates import ENGINES
from mlcore.paint_options import FORMATS, MAX_BRUSH, MAX_QUALITY, MIN_BRUSH, MIN_QUALITY

SUMMARY = "Paint a photo, or a folder of photos, with trained styles."


_CACHE = "~/.cache/easel"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--checkpoint",
        type=Path,
        nargs="+",
        action="extend",
        metavar="PATH",
        help="trained style; several, or a folder of them, paint every photo in each (needed, no default)",
    )
    parser.add_argument(
        "--all-styles",
        nargs="?",
        const="sheet",
        choices=("sheet", "files"),
        help="take all styles: 'sheet', what --all-styles alone means, puts the photo and its paintings in all of "
        "them on one picture; 'files' writes a file for each, in a folder named after the style (default: files, of "
        "the styles that are named)",
    )
    parser.add_argument(
        "--input",
        type=Path,
        metavar="FILE|DIR|-",
        help="a photo, a folder of photos with its subfolders, or - for standard input (needed, no default)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE|DIR|-",
        help="a .jpg, .png or .webp file; or a folder: its files are named as the photos are; or - for standard "
        "output (needed, no default)",
    )
    parser.add_argument(
        "--image-size",
        type=output_size,
        metavar="N|original",
        default=256,
        help="longest side of the painting, pixels, or 'original' for the photo's own size (default: 256)",
    )
    parser.add_argument(
        "--strength",
        type=float,
        metavar="S",
        default=1.0,
        help="how much of the painting shows, from 0, the photo, to 1, the painting (default: 1)",
    )
    parser.add_argument(
        "--keep-colors",
        action="store_true",
        help="take lightness from the painting and colour from the photo (default: no)",
    )
    parser.add_argument(
        "--brush",
        type=float,
        metavar="B",
        default=1.0,
        help=f"width of the strokes, {MIN_BRUSH:g} (finer) to {MAX_BRUSH:g} (broader) times the usual; the "
        "painting's size stays (default: 1)",
    )
    parser.add_argument(
        "--format",
        type=str.lower,
        choices=[name.lower() for name in FORMATS],
        help="format of the paintings (default: as the name of --output says, or jpeg)",
    )
    parser.add_argument(
        "--quality",
        type=int,
        metavar="Q",
        default=92,
        help=f"of JPEG and WebP, {MIN_QUALITY} (small) to {MAX_QUALITY} (faithful) (default: 92)",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="paint also where the painting of the same photo, style and options is there (default: skip it)",
    )
    parser.add_argument(
        "--engine",
        choices=("auto", *ENGINES),
        default="auto",
        help="what computes; auto measures which is fastest on this machine, once (default: auto)",
    )
    parser.add_argument(
        "--engine-cache",
        type=Path,
        metavar="DIR",
        help="folder for that measurement and for what an engine prepares (default: "
        f"{_CACHE}, or in manage.py that of the web application)",
    )
    add_cpu_option(parser)
    parser.add_argument(
        "--json",
        action="store_true",
        help="print a JSON object for each file and one with the counts and seconds (default: the files' names)",
    )
    parser.add_argument(
        "--explain",
        type=Path,
        metavar="FILE",
        help="paint nothing; say how this painting was made, which its file tells (default: paint)",
    )


def run(options: dict[str, Any], console: Console) -> int:
    """Paint; 0 if every photo succeeded, 1 if one did not (the rest is done all the same), 130 if interrupted.

    ``options["styles"]``, where it is given, are the styles to paint in, and the checkpoints are not looked at.
    """
    if options["explain"] is not None:
        explain(options["explain"], console, as_json=options["json"])
        return 0
    jobs = make_jobs(options, console)

    started = time.perf_counter()
    shelf = EngineShelf(
        options["engine"],
        cpu=options["cpu"],
        cache=options["engine_cache"] or Path(_CACHE).expanduser(),
        capacity=capacity_for(jobs[0].options),
    )
    with _terminated_like_interrupted():
        shelf.open_all(list(dict.fromkeys(style for job in jobs for style in job.styles)))
        report = StylizeReport(console, jobs, as_json=options["json"], opening_seconds=time.perf_counter() - started)
        try:
            paint_batch(jobs, shelf.engine_for, report.see, report.progress, overwrite=options["overwrite"])
        except BaseException as error:
            report.end(interrupted=isinstance(error, KeyboardInterrupt))
            raise
    report.end()
    return 1 if report.failed else 0


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, so that neither leaves half a file."""
    if threading.current_thread() is not threading.main_thread():  # others cannot set it
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

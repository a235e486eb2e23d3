"""From the options of ``stylize`` to the paintings to make; whatever cannot work is told here, before anything slow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, BinaryIO

from mlcore.commands.console import Console
from mlcore.commands.stylize_plan import STANDARD, SUFFIXES, painting_format, plan, plan_styles
from mlcore.errors import ConfigError
from mlcore.image_io import ORIGINAL
from mlcore.named_style import NamedStyle, find_styles
from mlcore.paint_options import FORMATS, PaintingFormat, PaintOptions
from mlcore.painting_job import PaintingJob


def make_jobs(options: dict[str, Any], console: Console) -> list[PaintingJob]:
    """Return what to paint.

    Raises:
        ConfigError: options that are missing, wrong, or do not go together.
        CheckpointError: a style file cannot be read.
    """
    source, target = _given(options, "input", "a photo or a folder"), _given(options, "output", "a file or a folder")
    _check_streams(source, target, options["json"], console)
    if source != STANDARD and not source.exists():
        raise ConfigError(f"There is no file or folder {source}: check --input.")
    styles = _styles(options)
    sheet = options["all_styles"] == "sheet"
    apart = not sheet and (len(styles) > 1 or options["all_styles"] == "files")
    folder = source.is_dir() or target.is_dir() or (apart and target != STANDARD)
    paint_options = _paint_options(options, painting_format(target, folder, _named_format(options["format"])))
    suffix = SUFFIXES[paint_options.format]

    if STANDARD in (source, target):
        if len(styles) > 1 and apart:
            raise ConfigError(
                f"{len(styles)} styles give {len(styles)} files: name one style, or add --all-styles for all of them "
                "on one picture."
            )
        pairs: list[tuple[Path | bytes, Path | BinaryIO]] = [_streams(source, target, console)]
    elif not apart:
        pairs = [*plan(source, target, suffix)]
    else:
        planned = plan_styles(source, target, styles, suffix)
        return [PaintingJob(photo, painting, (style,), paint_options) for photo, painting, style in planned]
    return [PaintingJob(photo, painting, tuple(styles), paint_options, sheet) for photo, painting in pairs]


def _given(options: dict[str, Any], name: str, what: str) -> Path:
    if options[name] is None:
        raise ConfigError(f"--{name} is missing: give {what}, or - for a standard stream.")
    path: Path = options[name]
    return path


def _styles(options: dict[str, Any]) -> list[NamedStyle]:
    styles: list[NamedStyle] | None = options.get("styles")
    if styles:
        return styles
    checkpoint = options["checkpoint"]
    if not checkpoint:
        raise ConfigError("--checkpoint is missing: give a trained style, several, or a folder of them.")
    return find_styles([checkpoint] if isinstance(checkpoint, Path) else checkpoint)


def _paint_options(options: dict[str, Any], image_format: PaintingFormat) -> PaintOptions:
    return PaintOptions(
        size=None if options["image_size"] == ORIGINAL else options["image_size"],
        strength=options["strength"],
        keep_colors=options["keep_colors"],
        brush=options["brush"],
        format=image_format,
        quality=options["quality"],
    )


def _named_format(name: str | None) -> PaintingFormat | None:
    return next((known for known in FORMATS if name is not None and known == name.upper()), None)


def _check_streams(source: Path, target: Path, as_json: bool, console: Console) -> None:
    if source == STANDARD and target.is_dir():
        raise ConfigError("--input - is one photo without a name, so --output must be a file or -.")
    if target == STANDARD:
        if source.is_dir():
            raise ConfigError("--output - takes one painting, so --input cannot be a folder.")
        if as_json:
            raise ConfigError("--json and --output - would both write to standard output: give --output a file.")
        if console.out.isatty():
            raise ConfigError("--output - would fill the terminal with a picture's bytes: redirect it.")


def _streams(source: Path, target: Path, console: Console) -> tuple[Path | bytes, Path | BinaryIO]:
    # Unbuffered: what a closed pipe did not take must not be tried again when the program ends.
    stream = open(console.out.fileno(), "wb", buffering=0, closefd=False) if target == STANDARD else None  # noqa: SIM115
    return sys.stdin.buffer.read() if source == STANDARD else source, stream or target

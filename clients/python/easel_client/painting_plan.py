"""Which photos are to be painted, and where their paintings go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from easel_client.models import PictureFormat

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".gif"}
"""Files of a folder that are taken for photos; a file named by itself is sent whatever it is called."""
ENDINGS: dict[PictureFormat, str] = {"jpeg": ".jpg", "png": ".png", "webp": ".webp"}


class PlanError(Exception):
    """What was asked for cannot be; says what to do."""


def format_of(output: Path | None) -> PictureFormat | None:
    """Return the format that a file's name ends as, or ``None``."""
    suffix = output.suffix.lower().replace(".jpeg", ".jpg") if output else ""
    return next((name for name, ending in ENDINGS.items() if ending == suffix), None)


class Painting(NamedTuple):
    """One painting to make."""

    photo: Path
    style: str
    output: Path


def plan(
    inputs: Sequence[Path], styles: Sequence[str], output: Path | None, picture_format: PictureFormat
) -> list[Painting]:
    """Return the paintings of files and of folders with what is below them, in every style.

    One photo in one style goes to ``output`` if that names a file. Otherwise ``output`` is a folder, this one where
    none is given, and a painting is called PHOTO-STYLE; those from a folder lie as they lie there.

    Raises:
        PlanError: there is no such file, no photo in a folder, or two paintings would be one file.
    """
    photos = [found for given in inputs for found in _photos(given, output)]
    ending = ENDINGS[picture_format]
    single = len(inputs) == len(photos) == len(styles) == 1 and inputs[0].is_file()
    if single and output is not None and output.suffix and not output.is_dir():
        if format_of(output) != picture_format:
            raise PlanError(f"{output} does not end as a {picture_format} does: call it {output.with_suffix(ending)}.")
        return [Painting(photos[0][0], styles[0], output)]
    folder = output or Path()
    if folder.exists() and not folder.is_dir():
        raise PlanError(f"{folder} is a file. Several paintings need a folder.")
    paintings = [
        Painting(photo, style, folder / place.with_name(f"{place.stem}-{style}{ending}"))
        for photo, place in photos
        for style in styles
    ]
    by_output: dict[Path, Painting] = {}
    for painting in paintings:
        other = by_output.setdefault(painting.output, painting)
        if other is not painting:
            raise PlanError(f"{other.photo} and {painting.photo} would both become {painting.output}.")
    return paintings


def _photos(given: Path, output: Path | None) -> Iterator[tuple[Path, Path]]:
    if given.is_file():
        yield given, Path(given.name)
        return
    if not given.is_dir():
        raise PlanError(f"There is no file or folder {given}.")
    paintings = output.resolve() if output is not None and output.resolve() != given.resolve() else None
    found = [
        path
        for path in sorted(given.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(given).parts)
        # Paintings of an earlier run are no photos of this one.
        and not (paintings and path.resolve().is_relative_to(paintings))
    ]
    if not found:
        raise PlanError(f"There are no photos in {given}.")
    for path in found:
        yield path, path.relative_to(given)

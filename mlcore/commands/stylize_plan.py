"""Which photo ``stylize`` paints into which file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mlcore.errors import ConfigError, ImageError
from mlcore.image_io import list_images, writable_format
from mlcore.named_style import NamedStyle
from mlcore.paint_options import PaintingFormat
from mlcore.photo_formats import PHOTO_KINDS

SUFFIXES: dict[PaintingFormat, str] = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
STANDARD = Path("-")
"""Standard input or output, as people spell it."""


def painting_format(target: Path, folder: bool, wanted: PaintingFormat | None) -> PaintingFormat:
    """Return the format to write: the one wanted, or that of the target's name, or JPEG.

    Args:
        target: of --output.
        folder: it is a folder, or will be one.
        wanted: of --format, if it was given.

    Raises:
        ConfigError: the target is a file whose name says otherwise, or names no format that can be written.
    """
    if folder or target == STANDARD:
        return wanted or "JPEG"
    try:
        named = writable_format(target)
    except ImageError as error:
        raise ConfigError(f"--output: {error}") from error
    for image_format in SUFFIXES:
        if image_format == named and wanted in (None, named):
            return image_format
    raise ConfigError(f"--format {str(wanted).lower()} does not go with the name {target}: change one of the two.")


def plan(source: Path, target: Path, suffix: str = ".jpg") -> list[tuple[Path, Path]]:
    """Return which file is painted into which.

    A folder is mirrored with its subfolders. Photos that differ only in their ending (a.jpg, a.png) keep it in the
    result (a.png.jpg), so that none is lost.

    Args:
        source: a photo, or a folder of them.
        target: a file, or a folder: for a folder of photos it may be missing.
        suffix: of paintings in a folder.

    Raises:
        ConfigError: there is no photo, a photo would be overwritten, or a folder should become a file.
    """
    if source.is_file():
        jobs = [(source, target / f"{source.stem}{suffix}" if target.is_dir() else target)]
    elif source.is_dir():
        if target.is_file():
            raise ConfigError(f"--input is a folder, so --output must be one too, and {target} is a file.")
        jobs = _mirrored(source, target, suffix)
    else:
        raise ConfigError(f"There is no file or folder {source}: check --input.")
    photos_on_disk = {photo.resolve() for photo, _ in jobs}
    for _, painting in jobs:
        if painting.resolve() in photos_on_disk:
            raise ConfigError(f"The painting would overwrite the photo {painting}: choose another --output.")
    return jobs


def plan_styles(
    source: Path, target: Path, styles: Sequence[NamedStyle], suffix: str = ".jpg"
) -> list[tuple[Path, Path, NamedStyle]]:
    """Return which file is painted into which in which style: each style has a folder of its name in ``target``.

    All photos of one style come before those of the next, so that few engines are needed at a time.

    Raises:
        ConfigError: as :func:`plan`, or the target is no folder.
    """
    if target.is_file() or (target.suffix.lower() in (*SUFFIXES.values(), ".jpeg") and not target.is_dir()):
        raise ConfigError(
            f"Several styles give several files, so --output must be a folder, not {target}. "
            "For all of them on one picture add --all-styles."
        )
    jobs = []
    folders = {(target / style.slug).resolve() for style in styles}
    for style in styles:
        folder = target / style.slug
        if source.is_file():
            pairs = plan(source, folder / f"{source.stem}{suffix}", suffix)
        else:
            pairs = plan(source, folder, suffix)
        # Paintings of an earlier run below the photos are no photos, whichever their style.
        jobs += [(photo, made, style) for photo, made in pairs if folders.isdisjoint(photo.resolve().parents)]
    return jobs


def _mirrored(source: Path, target: Path, suffix: str) -> list[tuple[Path, Path]]:
    # Paintings of an earlier run in a folder below the photos are not photos.
    inside = target.resolve()
    below = inside != source.resolve()
    photos = [path for path in list_images(source) if not (below and inside in path.resolve().parents)]
    if not photos:
        raise ConfigError(f"The folder {source} holds no photo ({PHOTO_KINDS}): check --input.")
    same_name = Counter(path.with_suffix("") for path in photos)
    whole = {path for path in photos if same_name[path.with_suffix("")] > 1}
    while True:
        # A photo a.jpg.png must not take the name that a.jpg has just got.
        taken = {path.with_name(path.name + suffix) for path in whole}
        more = {path for path in photos if path not in whole and path.with_suffix(suffix) in taken}
        if not more:
            break
        whole |= more
    return [
        (path, target / path.relative_to(source).with_name((path.name if path in whole else path.stem) + suffix))
        for path in photos
    ]

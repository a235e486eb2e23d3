"""``stylize``: paint one photo, or every photo of a folder."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.commands.options import add_cpu_option, output_size
from mlcore.errors import ConfigError, MlcoreError
from mlcore.image_io import ORIGINAL, list_images, open_photo, save_image, writable_format

SUMMARY = "Paint a photo, or a folder of photos, with a trained style."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--checkpoint", type=Path, metavar="PATH", required=True, help="trained style")
    parser.add_argument("--input", type=Path, metavar="FILE|DIR", required=True, help="a photo, or a folder of photos")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE|DIR",
        required=True,
        help="a .jpg, .png or .webp file, or a folder: its files are named as the photos are, ending in .jpg",
    )
    parser.add_argument(
        "--image-size",
        type=output_size,
        metavar="N|original",
        default=256,
        help="longest side of the painting, pixels, or 'original' for the photo's own size (default: 256)",
    )
    add_cpu_option(parser)


def run(options: dict[str, Any], console: Console) -> int:
    """Paint; 0 if every photo succeeded, 1 if one did not (the rest is done all the same)."""
    jobs = plan(options["input"], options["output"])

    from mlcore.checkpoint import load_style
    from mlcore.device import select_device
    from mlcore.stylize import stylize

    network, _ = load_style(options["checkpoint"])
    network = network.to(select_device(cpu=options["cpu"]))
    longest_side = None if options["image_size"] == ORIGINAL else options["image_size"]
    failed = 0
    with tqdm(
        total=len(jobs),
        file=console.err,
        dynamic_ncols=True,
        bar_format="{percentage:3.0f}%|{bar}| {n:.1f} of {total} photos [{elapsed}<{remaining}]",
    ) as bar:
        for index, (source, target) in enumerate(jobs):

            def report(share: float, before: int = index) -> None:
                bar.update(before + share - bar.n)

            try:
                save_image(stylize(network, open_photo(source, longest_side=longest_side), report), target)
            except (MlcoreError, OSError) as error:
                failed += 1
                told = str(error) if str(source) in str(error) else f"{source}: {error}"
                bar.write(f"failed: {told}", file=console.err)
            else:
                bar.write(str(target), file=console.out)
            report(1.0)
    if failed:
        console.note(f"{failed} of {len(jobs)} photos failed.")
    return 1 if failed else 0


def plan(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """Return which file is painted into which.

    A folder is mirrored with its subfolders. Photos that differ only in their ending (a.jpg, a.png) keep it in the
    result (a.png.jpg), so that none is lost.

    Raises:
        ConfigError: there is no photo, a photo would be overwritten, or a folder should become a file.
        ImageError: the output file's format cannot be written.
    """
    if source.is_file():
        target = target / f"{source.stem}.jpg" if target.is_dir() else target
        writable_format(target)
        jobs = [(source, target)]
    elif source.is_dir():
        if target.is_file():
            raise ConfigError(f"--input is a folder, so --output must be one too, and {target} is a file.")
        # Paintings of an earlier run in a folder below the photos are not photos.
        photos = [path for path in list_images(source) if target == source or target not in path.parents]
        if not photos:
            raise ConfigError(f"The folder {source} holds no JPEG, PNG or WebP photo: check --input.")
        same_name = Counter(path.with_suffix("") for path in photos)
        jobs = []
        for path in photos:
            name = path.stem if same_name[path.with_suffix("")] == 1 else path.name
            jobs.append((path, target / path.relative_to(source).with_name(f"{name}.jpg")))
    else:
        raise ConfigError(f"There is no file or folder {source}: check --input.")
    photos_on_disk = {photo.resolve() for photo, _ in jobs}
    for _, painting in jobs:
        if painting.resolve() in photos_on_disk:
            raise ConfigError(f"The painting would overwrite the photo {painting}: choose another --output.")
    return jobs

"""``evaluate``: measure a style over photos it was not trained on."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.commands.options import add_cpu_option, add_loss_network_options, pixels
from mlcore.contact_sheet import contact_sheet, side_by_side
from mlcore.errors import ConfigError, ImageError
from mlcore.image_io import centre_square, list_images, open_photo, save_image, write_atomically

if TYPE_CHECKING:
    from mlcore.metrics import PhotoMetrics, Summary

SUMMARY = "Measure a trained style over a folder of photos: style distance, similarity to the photo, blobs."

_MIN_SIZE = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--checkpoint", type=Path, metavar="PATH", required=True, help="trained style to measure")
    parser.add_argument("--photos", type=Path, metavar="DIR", required=True, help="photos it was not trained on")
    parser.add_argument(
        "--style-image", type=Path, metavar="PATH", required=True, help="the painting it was trained on"
    )
    parser.add_argument(
        "--image-size",
        type=pixels,
        metavar="N",
        default=256,
        help="the middle square of every photo and of the painting is resized to this side, pixels (default: 256)",
    )
    add_loss_network_options(parser)
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write every figure to this file (default: no)")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="also write photo | painting pairs and contact_sheet.jpg into this folder (default: no)",
    )
    add_cpu_option(parser)


def run(options: dict[str, Any], console: Console) -> int:
    """Print a line for every photo and the summary; 1 if a photo could not be read and is missing in the figures."""
    from mlcore.checkpoint import load_style
    from mlcore.device import select_device
    from mlcore.image_tensor import image_to_tensor, tensor_to_image
    from mlcore.losses import StyleTransferLoss
    from mlcore.metrics import measure_photo, summarise
    from mlcore.style_image import StyleImageLoader
    from mlcore.stylize import stylize_tensor
    from mlcore.vgg_features import load_loss_network

    size, folder = options["image_size"], options["photos"]
    if size < _MIN_SIZE:
        raise ConfigError(f"--image-size must be at least {_MIN_SIZE} pixels to measure, not {size}.")
    paths = list_images(folder) if folder.is_dir() else []
    if not paths:
        raise ConfigError(f"The folder {folder} holds no JPEG, PNG or WebP photo: check --photos.")
    device = select_device(cpu=options["cpu"])
    network, metadata = load_style(options["checkpoint"])
    network = network.to(device)
    loss = StyleTransferLoss(
        loss_network=load_loss_network(options["loss_network"], options["loss_weights"]).to(device)
    )
    loss.set_style_image(StyleImageLoader(options["style_image"], size).get_batch(device=device))

    measured: list[PhotoMetrics] = []
    pairs = []
    for path in tqdm(paths, unit="photo", file=console.err, dynamic_ncols=True):
        name = path.relative_to(folder).as_posix()
        try:
            square = centre_square(open_photo(path), size)
        except ImageError as error:
            tqdm.write(f"left out: {error}", file=console.err)
            continue
        photo = image_to_tensor(square).to(device)
        painting = stylize_tensor(network, photo)
        measured.append(measure_photo(loss, name, photo, painting))
        if options["output"]:
            pairs.append(side_by_side(square, tensor_to_image(painting)))
            save_image(pairs[-1], options["output"] / Path(name).with_suffix(".jpg"))
    summary = summarise(measured)
    _print_table(measured, console)
    _print_summary(summary, metadata.step, options, console)
    if options["output"]:
        save_image(contact_sheet(pairs), options["output"] / "contact_sheet.jpg")
    if options["json"]:
        figures = {
            "checkpoint": options["checkpoint"].name,
            "checkpoint_sha256": hashlib.sha256(options["checkpoint"].read_bytes()).hexdigest(),
            "step": metadata.step,
            "style_image": options["style_image"].name,
            "image_size": size,
            "loss_network": options["loss_network"],
            "loss_weights": options["loss_weights"].name if options["loss_weights"] else "torchvision",
            "summary": dataclasses.asdict(summary),
            "photos": [dataclasses.asdict(one) | {"style_ratio": one.style_ratio} for one in measured],
        }
        write_atomically(options["json"], (json.dumps(figures, indent=2) + "\n").encode())
    return 0 if len(measured) == len(paths) else 1


def _print_table(measured: list[PhotoMetrics], console: Console) -> None:
    width = max(len("photo"), *(len(one.photo) for one in measured))
    console.print(
        f"{'photo':<{width}}  {'content':>9}  {'style':>9}  {'of photo':>9}  {'ratio':>6}  {'TV':>7}  "
        f"{'SSIM':>5}  {'saturated':>9}"
    )
    for one in measured:
        console.print(
            f"{one.photo:<{width}}  {one.content_loss:>9.4g}  {one.style_distance:>9.3g}  "
            f"{one.photo_style_distance:>9.3g}  {one.style_ratio:>6.3f}  {one.tv_loss:>7.4f}  {one.ssim:>5.3f}  "
            f"{one.saturated:>9.2%}"
        )


def _print_summary(summary: Summary, step: int, options: dict[str, Any], console: Console) -> None:
    size = options["image_size"]
    console.print()
    console.print(
        f"{options['checkpoint'].name} (step {step}) over {summary.photos} photos, middle squares of {size}×{size} "
        f"pixels, {options['loss_network']}; all terms unweighted"
    )
    console.print(
        f"  style distance   {summary.style_distance:.4g}, the photos' own {summary.photo_style_distance:.4g}, "
        f"ratio {summary.style_ratio:.4f}"
    )
    console.print(f"  content loss     {summary.content_loss:.4g}")
    console.print(f"  total variation  {summary.tv_loss:.4g}")
    console.print(f"  SSIM to photo    {summary.ssim:.3f}, lowest {summary.ssim_lowest:.3f}")
    console.print(
        f"  saturated        {summary.saturated:.2%} of the pixels, highest {summary.saturated_highest:.2%}, "
        f"in the photos {summary.photo_saturated:.2%}"
    )

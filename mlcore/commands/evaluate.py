"""``evaluate``: measure a style over photos it was not trained on, and against optimisation."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.commands.evaluation_report import print_comparisons, print_photos, print_summary
from mlcore.commands.objective_options import add_weight_options, weights_for
from mlcore.commands.options import (
    MAX_IMAGE_SIZE,
    add_cpu_option,
    add_loss_network_options,
    pixels,
    positive_int,
    whole_number,
)
from mlcore.contact_sheet import contact_sheet, side_by_side
from mlcore.errors import ConfigError, ImageError
from mlcore.image_io import centre_square, list_images, open_photo, save_image, write_atomically
from mlcore.photo_formats import PHOTO_KINDS
from mlcore.train_config import option_name

if TYPE_CHECKING:
    from mlcore.gatys_comparison import Comparison
    from mlcore.losses import StyleTransferLoss
    from mlcore.metrics import PhotoMetrics

SUMMARY = "Measure a trained style over a folder of photos: losses, similarity to the photo, blobs."

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
        help="the middle square of every photo is resized to this side, pixels (default: %(default)s)",
    )
    parser.add_argument(
        "--style-size",
        type=pixels,
        metavar="N",
        help="the same for the painting (default: what the style was trained with, --image-size where its file does "
        "not say)",
    )
    add_weight_options(parser, recipe=True)
    add_loss_network_options(parser)
    parser.add_argument(
        "--gatys",
        type=whole_number,
        metavar="N",
        default=0,
        help="also optimise pictures from noise on the same objective, N evaluations each, and tell how many the "
        "network is worth; one takes about a second a photo of 256 pixels on a CPU; 0 is off (default: %(default)s)",
    )
    parser.add_argument(
        "--gatys-photos",
        type=positive_int,
        metavar="M",
        default=6,
        help="photos that --gatys takes, evenly spaced (default: %(default)s)",
    )
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
    from mlcore.gatys_comparison import mean_comparison
    from mlcore.image_tensor import image_to_tensor, tensor_to_image
    from mlcore.losses import StyleTransferLoss
    from mlcore.metrics import measure_photo, summarise
    from mlcore.style_image import StyleImageLoader
    from mlcore.stylize import stylize_tensor
    from mlcore.vgg_features import load_loss_network

    size, folder = options["image_size"], options["photos"]
    for name in ("image_size", "style_size"):
        if options[name] is not None and options[name] < _MIN_SIZE:
            raise ConfigError(
                f"{option_name(name)} must be at least {_MIN_SIZE} pixels to measure, not {options[name]}."
            )
    paths = list_images(folder) if folder.is_dir() else []
    if not paths:
        raise ConfigError(f"The folder {folder} holds no photo ({PHOTO_KINDS}): check --photos.")
    device = select_device(cpu=options["cpu"])
    network, metadata = load_style(options["checkpoint"])
    network = network.to(device)
    weights = weights_for(options, metadata.config)
    style_size = _style_size(options, metadata.config)
    loss = StyleTransferLoss(
        *weights.values, loss_network=load_loss_network(options["loss_network"], options["loss_weights"]).to(device)
    )
    loss.set_style_image(StyleImageLoader(options["style_image"], style_size).get_batch(device=device))

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
    print_photos(measured, console)
    console.print()
    console.print(
        f"{options['checkpoint'].name} (step {metadata.step}) over {summary.photos} photos, middle squares of "
        f"{size}×{size} pixels, the painting's of {style_size}, {options['loss_network']}; only the objective's "
        "terms are weighted"
    )
    print_summary(summary, weights, console)
    if options["output"]:
        save_image(contact_sheet(pairs), options["output"] / "contact_sheet.jpg")
    figures = {
        "checkpoint": options["checkpoint"].name,
        "checkpoint_sha256": hashlib.sha256(options["checkpoint"].read_bytes()).hexdigest(),
        "step": metadata.step,
        "style_image": options["style_image"].name,
        "style_size": style_size,
        "image_size": size,
        "loss_network": options["loss_network"],
        "loss_weights": options["loss_weights"].name if options["loss_weights"] else "torchvision",
        "objective": dataclasses.asdict(weights),
        "summary": dataclasses.asdict(summary),
        "photos": [dataclasses.asdict(one) | {"style_ratio": one.style_ratio} for one in measured],
    }
    if options["gatys"]:
        comparisons = _compare(loss, measured, options, console)
        mean = mean_comparison(list(comparisons.values()))
        console.print()
        print_comparisons(comparisons, mean, console)
        figures["gatys"] = {
            "evaluations": options["gatys"],
            "start": "uniform noise, seed 0",
            "mean": mean.as_json(),
            "photos": [{"photo": name} | one.as_json() for name, one in comparisons.items()],
        }
    if options["json"]:
        write_atomically(options["json"], (json.dumps(figures, indent=2) + "\n").encode())
    return 0 if len(measured) == len(paths) else 1


def _style_size(options: dict[str, Any], recipe: dict[str, Any]) -> int:
    if options["style_size"] is not None:
        return int(options["style_size"])
    own = recipe.get("style_size")
    if isinstance(own, int) and not isinstance(own, bool) and _MIN_SIZE <= own <= MAX_IMAGE_SIZE:
        return own
    return int(options["image_size"])


def _compare(
    loss: StyleTransferLoss, measured: list[PhotoMetrics], options: dict[str, Any], console: Console
) -> dict[str, Comparison]:
    """Return photo → comparison; the slow part."""
    from mlcore.gatys_comparison import compare, evenly_spaced
    from mlcore.image_tensor import image_to_tensor

    chosen = [measured[index] for index in evenly_spaced(len(measured), options["gatys_photos"])]
    comparisons = {}
    with tqdm(
        total=len(chosen) * options["gatys"], desc="Gatys", unit="evaluation", file=console.err, dynamic_ncols=True
    ) as bar:
        for one in chosen:
            bar.set_postfix_str(one.photo)
            photo = image_to_tensor(centre_square(open_photo(options["photos"] / one.photo), options["image_size"]))
            photo = photo.to(loss.loss_network.mean.device)
            comparisons[one.photo] = compare(loss, photo, one.objective, options["gatys"], bar.update)
    return comparisons

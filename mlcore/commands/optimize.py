"""``optimize``: paint one photo without a trained style, by optimising its pixels."""

from __future__ import annotations

import argparse
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.commands.objective_options import add_weight_options, weights_for
from mlcore.commands.options import add_cpu_option, add_loss_network_options, pixels, positive_int, whole_number
from mlcore.errors import ConfigError, OutOfMemory, is_out_of_memory
from mlcore.image_io import open_photo, save_image, writable_format
from mlcore.train_config import option_name

if TYPE_CHECKING:
    from mlcore.optimize import Evaluation

SUMMARY = "Paint one photo like a painting without training, by optimising its pixels: slow, the best quality."

_MIN_SIZE = 32
_BAR = "{percentage:3.0f}%|{bar}| {remaining} left{postfix}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--content", type=Path, metavar="PATH", required=True, help="photo to paint")
    parser.add_argument("--style-image", type=Path, metavar="PATH", required=True, help="the painting to paint it like")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", required=True, help="a .jpg, .png or .webp file to write"
    )
    parser.add_argument(
        "--evaluations",
        type=positive_int,
        metavar="N",
        default=300,
        help="evaluations of the objective and its gradient in all; at 512 pixels one takes about 3 seconds on two "
        "CPU cores, a quarter of that while at half the size (default: %(default)s)",
    )
    parser.add_argument(
        "--image-size",
        type=pixels,
        metavar="N",
        default=512,
        help="longest side of the result, pixels (default: %(default)s)",
    )
    parser.add_argument(
        "--style-size",
        type=pixels,
        metavar="N",
        default=256,
        help="side the painting's middle square is resized to, pixels; smaller gives smaller strokes "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--start",
        choices=("photo", "noise"),
        default="photo",
        help="first picture; noise leaves some grain (default: %(default)s)",
    )
    parser.add_argument(
        "--full-size-only",
        action="store_true",
        help="spend all evaluations at the full size instead of two thirds at half of it first (default: no)",
    )
    add_weight_options(parser, recipe=False)
    add_loss_network_options(parser)
    add_cpu_option(parser)
    parser.add_argument(
        "--seed", type=whole_number, metavar="N", default=0, help="fixes the noise of --start noise (default: 0)"
    )


def run(options: dict[str, Any], console: Console) -> int:
    """Paint; Ctrl-C and SIGTERM save the best picture so far and end with status 130."""
    _check(options)
    photo = open_photo(options["content"], longest_side=options["image_size"])
    if min(photo.size) < _MIN_SIZE:
        raise ConfigError(
            f"At --image-size {options['image_size']} the photo would be {photo.width}×{photo.height} pixels; "
            f"its shorter side must be at least {_MIN_SIZE}."
        )

    from mlcore.coarse_to_fine import COARSE_SHARE, coarse_to_fine
    from mlcore.device import select_device
    from mlcore.image_tensor import image_to_tensor, tensor_to_image
    from mlcore.losses import StyleTransferLoss
    from mlcore.style_image import StyleImageLoader
    from mlcore.vgg_features import load_loss_network

    style_image = StyleImageLoader(options["style_image"], options["style_size"])
    device = select_device(cpu=options["cpu"])
    loss_network = load_loss_network(options["loss_network"], options["loss_weights"]).to(device)
    loss = StyleTransferLoss(*weights_for(options, {}).values, loss_network=loss_network)
    steps = coarse_to_fine(
        loss,
        style_image.get_batch(device=device),
        image_to_tensor(photo).to(device),
        evaluations=options["evaluations"],
        start=options["start"],
        seed=options["seed"],
        coarse_share=0.0 if options["full_size_only"] else COARSE_SHARE,
    )

    last: Evaluation | None = None
    interrupted = False
    # SIGTERM ends the way Ctrl-C does; a second signal, while the picture is saved, cannot leave half a file.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    since = time.monotonic()
    try:
        with tqdm(total=1.0, miniters=0, file=console.err, dynamic_ncols=True, bar_format=_BAR) as bar:
            for share, last in steps:
                bar.set_postfix_str(_figures(last), refresh=False)
                bar.update(share - bar.n)
    except KeyboardInterrupt:
        interrupted = True
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory(
            f"Optimising a picture of {photo.width}×{photo.height} pixels needs more memory than there is: "
            "choose a smaller --image-size."
        ) from error
    finally:
        signal.signal(signal.SIGTERM, before)
    if last is None:
        console.note("Stopped before the first evaluation; nothing was written.")
        return 130
    save_image(tensor_to_image(last.picture), options["output"])
    console.print(str(options["output"]))
    console.note(
        f"{'Stopped after' if interrupted else 'Done:'} {last.number} of {last.evaluations} evaluations in "
        f"{time.monotonic() - since:.0f} s, objective {last.objective:.4g}"
    )
    return 130 if interrupted else 0


def _check(options: dict[str, Any]) -> None:
    """Refuse what cannot work before anything slow is loaded."""
    for name in ("image_size", "style_size"):
        if options[name] < _MIN_SIZE:
            raise ConfigError(f"{option_name(name)} must be at least {_MIN_SIZE} pixels, not {options[name]}.")
    for name in ("content", "style_image"):
        if not options[name].is_file():
            raise ConfigError(f"There is no file {options[name]}: check {option_name(name)}.")
    output = options["output"]
    writable_format(output)
    if output.is_dir():
        raise ConfigError(f"{output} is a folder: give --output the name of a file.")
    if output.resolve() in (options["content"].resolve(), options["style_image"].resolve()):
        raise ConfigError(f"The result would overwrite {output}: choose another --output.")
    if not any(options[f"{term}_weight"] for term in ("content", "style", "tv")):
        raise ConfigError("All weights are 0, so every picture is as good: give a --style-weight above 0.")
    output.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(output.parent, os.W_OK):
        raise ConfigError(f"The folder {output.parent} cannot be written to: choose another --output.")


def _figures(step: Evaluation) -> str:
    terms = f"content {step.losses.content:.3g}, style {step.losses.style:.3g}"
    return f"evaluation {step.number}/{step.evaluations}, objective {step.objective:.3g}: {terms}"

"""``bench train``: images a second and peak memory of training, beside the plain loop."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.commands.options import add_cpu_option, pixels, positive_int
from mlcore.image_io import write_atomically
from mlcore.loss_network_name import LOSS_NETWORKS
from mlcore.train_config import TrainConfig

SUMMARY = "Measure how fast this machine trains, beside the plain loop that one writes first."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--batch-size", type=positive_int, metavar="N", default=4, help="photos a step (default: %(default)s)"
    )
    parser.add_argument(
        "--image-size", type=pixels, metavar="N", default=256, help="their side, pixels (default: %(default)s)"
    )
    parser.add_argument(
        "--steps", type=positive_int, metavar="N", default=4, help="timed steps of a round (default: %(default)s)"
    )
    parser.add_argument(
        "--warmup", type=positive_int, metavar="N", default=1, help="steps before them (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds",
        type=positive_int,
        metavar="N",
        default=3,
        help="how often each loop is measured, in turn; the figures are medians (default: %(default)s)",
    )
    parser.add_argument(
        "--num-workers", type=int, metavar="N", default=1, help="processes that load photos (default: %(default)s)"
    )
    parser.add_argument(
        "--loss-network", choices=LOSS_NETWORKS, default="vgg19", help="the loss network (default: %(default)s)"
    )
    parser.add_argument("--use-amp", action="store_true", help="mixed precision in the trainer (default: no)")
    parser.add_argument("--compile", action="store_true", help="compile the trainer's network first (default: no)")
    parser.add_argument("--grad-checkpoint", action="store_true", help="less memory in the trainer (default: no)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write every round to this file (default: no)")
    add_cpu_option(parser)


def run(options: dict[str, Any], console: Console) -> int:
    """Print the rounds as they are done, then the medians and their ratio."""
    from mlcore.device import describe_device, select_device
    from mlcore.train_benchmark import benchmark_training, summarise

    names = (
        *("batch_size", "image_size", "num_workers", "loss_network"),
        *("use_amp", "compile", "grad_checkpoint", "cpu"),
    )
    config = TrainConfig(
        content_dir=Path("invented"), style_image=Path("invented"), **{name: options[name] for name in names}
    )
    device = describe_device(select_device(cpu=options["cpu"]))
    console.print(
        f"{device}; batch {config.batch_size} at {config.image_size} px, {config.loss_network}; "
        f"{options['steps']} steps a round"
    )
    measured = []
    rounds = benchmark_training(config, rounds=options["rounds"], warmup=options["warmup"], steps=options["steps"])
    for one in tqdm(rounds, total=2 * options["rounds"], unit="round", file=console.err, dynamic_ncols=True):
        measured.append(one)
        console.print(f"  {one.loop:<8}{one.images_per_second:8.3f} images/s  {one.peak_bytes / 2**20:8,.0f} MiB")
    result = summarise(measured)
    for name, one in (("plain loop", result.plain), ("trainer", result.trainer)):
        console.print(f"{name:<11}{one.images_per_second:8.3f} images/s, peak {one.peak_bytes / 2**20:,.0f} MiB")
    console.print(f"ratio      {result.ratio:8.2f} times the images/s of the plain loop")
    if options["json"]:
        figures = {
            "device": device,
            "batch_size": config.batch_size,
            "image_size": config.image_size,
            "ratio": result.ratio,
            "rounds": [dataclasses.asdict(one) for one in measured],
        }
        write_atomically(options["json"], (json.dumps(figures, indent=2) + "\n").encode())
    return 0

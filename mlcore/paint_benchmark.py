"""How fast every engine paints, beside PyTorch as one first writes it and beside others: in turn, in one run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mlcore.bench_process import BenchProcess
from mlcore.engines.candidates import Setting
from mlcore.errors import ConfigError
from mlcore.paint_contestants import COMPILED, EAGER
from mlcore.paint_figures import Painted, PaintFigures, Started

FIRST_SIDE = 256
"""Pixels of the square photo that a process paints first."""
PRODUCT_SIDE = 2048
PAUSE_SECONDS = 0.1
"""Between two paintings: threads of the one before come to rest."""


def benchmark_painting(
    names: Sequence[str],
    setting: Setting,
    photo: Image.Image,
    *,
    sides: Sequence[int],
    rounds: int,
    found: PaintFigures,
) -> Iterator[None]:
    """Fill ``found``, a :class:`PaintFigures`; yields after everything that takes time.

    Every contestant has a process of its own and does nothing while it is another's turn. At each size, each paints
    once to warm up and then once a round; each round begins with another.

    Args:
        names: of the contestants; PyTorch eager comes in any case.
        setting: for all of them; without a cache, a temporary one.
        photo: RGB; its middle is painted, resized.
        sides: of the squares, pixels, multiples of 4.
        rounds: timed paintings of each at each size.

    Raises:
        ConfigError: PyTorch eager cannot paint, so that there is nothing to compare with.
    """
    names = [EAGER, *(name for name in names if name != EAGER)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="easel-bench-")))
        if setting.cache is None:
            setting = Setting(setting.style_file, setting.threads, setting.cpu, folder / "cache")
        for side in {FIRST_SIDE, *sides}:
            _square(photo, side, folder / f"photo-{side}.npy")
        processes = []
        for name in names:
            process = _start(name, setting, folder, found)
            if process:
                processes.append(stack.enter_context(process))
            yield
        if not processes or processes[0].name != EAGER:
            raise ConfigError(f"Nothing can be compared: {found.started[0].error}")
        for side in sorted(sides):
            yield from _one_size(processes, side, rounds, folder, found)
        if not setting.cpu:
            for process in processes:
                yield from _batches(process, sides[0], found)


def _start(name: str, setting: Setting, folder: Path, found: PaintFigures) -> BenchProcess | None:
    photo = folder / f"photo-{FIRST_SIDE}.npy"
    with BenchProcess(name, setting, photo) as first:
        if "error" in first.opened:
            found.started.append(Started(name, "", 0.0, 0.0, first.opened["error"]))
            return None
    process = BenchProcess(name, setting, photo)
    if "error" in process.opened:
        process.close()
        found.started.append(Started(name, "", 0.0, 0.0, process.opened["error"]))
        return None
    found.started.append(Started(name, process.opened["description"], first.start_seconds, process.start_seconds))
    return process


def _one_size(
    processes: Sequence[BenchProcess], side: int, rounds: int, folder: Path, found: PaintFigures
) -> Iterator[None]:
    from mlcore.network_cost import gigaflop

    found.gigaflop[side] = gigaflop(side, side)
    photo = str(folder / f"photo-{side}.npy")
    kept = {process.name: folder / f"{index}-{side}.npy" for index, process in enumerate(processes)}
    last: dict[str, dict[str, Any]] = {}
    seconds: dict[str, list[float]] = {process.name: [] for process in processes}
    for number in range(1 + rounds):
        first = number % len(processes)
        for process in (*processes[first:], *processes[:first]):
            if "error" in last.get(process.name, {}):
                continue
            time.sleep(PAUSE_SECONDS)
            answer = process.order(photo=photo, keep=None if number else str(kept[process.name]))
            last[process.name] = answer
            if number and "error" not in answer:
                seconds[process.name].append(answer["seconds"])
            yield
        answer = processes[0].order(product=PRODUCT_SIDE)
        found.peak_gigaflops = max(found.peak_gigaflops, answer.get("gigaflops", 0.0))
    for process in processes:
        answer = last[process.name]
        if "error" in answer:
            found.painted.append(Painted(process.name, side, [], error=answer["error"]))
            continue
        deviation = _deviation(kept[EAGER], kept[process.name]) if process.opened["same_network"] else (None, None)
        found.painted.append(Painted(process.name, side, seconds[process.name], answer["peak_bytes"], *deviation))


def _deviation(expected: Path, painting: Path) -> tuple[float | None, float | None]:
    """Return the mean absolute difference in levels of 255, and the structural similarity."""
    import torch

    from mlcore.metrics import SSIM_WINDOW, ssim

    if not expected.exists():  # eager did not fit
        return None, None
    a, b = (torch.from_numpy(np.load(file)).permute(2, 0, 1)[None].float() for file in (painting, expected))
    similar = ssim(a / 255, b / 255).item() if min(a.shape[-2:]) >= SSIM_WINDOW else None
    return (a - b).abs().mean().item(), similar


def _batches(process: BenchProcess, side: int, found: PaintFigures) -> Iterator[None]:
    if process.name not in ("torch float32", COMPILED):
        return
    answer = process.order(batches=side, compiled=process.name == COMPILED)
    if "batches" in answer:
        found.batches[process.name] = answer["batches"]
    yield


def _square(photo: Image.Image, side: int, file: Path) -> None:
    edge = min(photo.size)
    left, top = (photo.width - edge) // 2, (photo.height - edge) // 2
    middle = photo.convert("RGB").crop((left, top, left + edge, top + edge))
    np.save(file, np.asarray(middle.resize((side, side), Image.Resampling.LANCZOS)))

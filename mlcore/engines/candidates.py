"""The engines there are and how each is opened. Needs no torch; opening loads the library of that one engine only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from mlcore.engines.engine import Engine
from mlcore.errors import EngineUnavailable, MlcoreError

EngineName = Literal["torch", "openvino", "onnxruntime", "native"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
Precision = Literal["float32", "int8"]


@dataclass(frozen=True)
class Setting:
    """What an engine is opened with.

    Args:
        style_file: any file :func:`mlcore.checkpoint.load_style` reads.
        threads: how many to compute with on the CPU; ``None`` for one a core.
        cpu: leave a GPU alone.
        cache: folder for what took long to prepare; ``None`` to keep nothing.
    """

    style_file: Path
    threads: int | None = None
    cpu: bool = False
    cache: Path | None = None


@dataclass(frozen=True)
class Candidate:
    """One engine in one precision."""

    engine: EngineName
    precision: Precision
    library: str
    """What pip installs for it; "" where nothing is needed."""
    bytes_per_pixel: int | None
    """Memory for each pixel of a photo painted in one piece, if the opened engine has no ``bytes_per_pixel`` that is
    more exact; ``None`` for an engine that works in strips."""
    open_untried: Callable[[Setting], Engine]
    open_racer: Callable[[Setting], Engine] | None = None
    """Opens an engine that is as fast but may paint anything, where opening a right one takes long."""

    @property
    def label(self) -> str:
        """Engine and precision, for tables."""
        return f"{self.engine} {self.precision}"

    def open(self, setting: Setting) -> Engine:
        """Open the engine for a style.

        Raises:
            EngineUnavailable: its library is missing or broken, or int8 would deviate too far for this style.
            MlcoreError: the style file cannot be used with any engine.
        """
        return self._tried(self.open_untried, setting)

    def open_for_race(self, setting: Setting) -> Engine:
        """Open an engine only to time it.

        Raises:
            EngineUnavailable, MlcoreError: as :meth:`open`.
        """
        return self._tried(self.open_racer or self.open_untried, setting)

    def _tried(self, opener: Callable[[Setting], Engine], setting: Setting) -> Engine:
        try:
            return opener(setting)
        except MlcoreError:
            raise
        except ModuleNotFoundError as error:
            advice = f"pip install {self.library}" if self.library else f"install {error.name}"
            raise EngineUnavailable(
                f"The engine {self.engine} cannot be used: the library {error.name} is not installed ({advice})."
            ) from error
        except Exception as error:  # a broken library fails in ways of its own: a missing symbol, no such instruction
            reason = next(iter(str(error).strip().splitlines()), "")[:300]
            raise EngineUnavailable(
                f"The engine {self.engine} cannot be used here: {type(error).__name__}: {reason}"
            ) from error


def _open_torch(setting: Setting) -> Engine:
    import torch

    from mlcore.checkpoint import load_style
    from mlcore.device import select_device
    from mlcore.engines.torch_engine import TorchEngine

    device = select_device(cpu=setting.cpu)
    if device.type == "cpu" and setting.threads:
        torch.set_num_threads(setting.threads)
    return TorchEngine(load_style(setting.style_file)[0], device)


def _open_onnxruntime(setting: Setting) -> Engine:
    from mlcore.engines.onnxruntime_engine import OnnxRuntimeEngine

    # Before the style is read: a missing library should not cost a second of loading torch.
    from mlcore.checkpoint import load_style  # isort: skip

    return OnnxRuntimeEngine(load_style(setting.style_file)[0], threads=setting.threads, cpu=setting.cpu)


def _open_openvino(setting: Setting) -> Engine:
    from mlcore.engines.openvino_engine import OpenVinoEngine
    from mlcore.engines.style_weights import read_weights

    return OpenVinoEngine(read_weights(setting.style_file), threads=setting.threads)


def _open_openvino_int8(setting: Setting) -> Engine:
    from mlcore.engines.openvino_int8 import open_int8
    from mlcore.engines.style_weights import read_weights

    return open_int8(read_weights(setting.style_file), setting.cache, threads=setting.threads)


def _open_openvino_int8_untuned(setting: Setting) -> Engine:
    from mlcore.engines.openvino_int8 import open_int8_untuned
    from mlcore.engines.style_weights import read_weights

    return open_int8_untuned(read_weights(setting.style_file), threads=setting.threads)


def _open_native(setting: Setting) -> Engine:
    from mlcore.engines.native_engine import NativeEngine
    from mlcore.engines.style_weights import read_weights

    cache = setting.cache or Path.home() / ".cache" / "easel"
    return NativeEngine(read_weights(setting.style_file), cache / "native", threads=setting.threads)


TORCH = Candidate("torch", "float32", "torch", None, _open_torch)
CANDIDATES = (
    Candidate("native", "float32", "", 280, _open_native),
    Candidate("openvino", "float32", "openvino", 320, _open_openvino),
    Candidate("openvino", "int8", "openvino", 320, _open_openvino_int8, _open_openvino_int8_untuned),
    Candidate("onnxruntime", "float32", "onnxruntime", 1300, _open_onnxruntime),
    TORCH,
)
"""In the order in which they are preferred when equally fast."""

"""Painting with PyTorch: on NVIDIA's GPUs in half precision, on Apple's and on any CPU in float32.

The CPU, and a GPU short of memory, work in strips (:mod:`mlcore.strip_forward`), so this engine takes any size; photos
that are too large for another engine come here.
"""

from __future__ import annotations

import logging

import torch

from mlcore.device import describe_device
from mlcore.engines.cuda_painter import CudaPainter, cuda_painter
from mlcore.engines.engine import Pixels
from mlcore.paint_pixels import paint_pixels
from mlcore.progress_report import Report, silent
from mlcore.transformer_network import TransformerNetwork

logger = logging.getLogger(__name__)


class TorchEngine:
    """One style, for one thread at a time.

    Args:
        network: moved to ``device`` and set to eval mode.
        device: CPU, CUDA or MPS.
        compiled: on CUDA, let TorchInductor fuse what stands between the convolutions. The first photo then waits for
            the compiler, half a minute or more.
    """

    name = "torch"

    def __init__(self, network: TransformerNetwork, device: torch.device, *, compiled: bool = False) -> None:
        self.device = device
        self._network = network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
        self._whole: CudaPainter | None = cuda_painter(self._network, compiled) if device.type == "cuda" else None

    @property
    def precision(self) -> str:
        """float16 on CUDA, or float32."""
        return "float16" if self._whole else "float32"

    @property
    def device_name(self) -> str:
        """The device with its memory or threads, for a person to read."""
        return describe_device(self.device)

    def paint(self, photo: Pixels, report: Report = silent) -> Pixels:
        """Return ``photo`` painted, at the same size; see :class:`mlcore.engines.engine.Engine`.

        On CUDA a photo that fits is painted in one piece, and ``report`` hears 0 and 1 only.

        Raises:
            OutOfMemory: the painting needs more memory than there is.
        """
        if self._whole:
            report(0.0)
            try:
                painting = self._whole.paint(photo)
            except torch.cuda.OutOfMemoryError:
                logger.warning("%d×%d pixels do not fit on the GPU at once: in strips", photo.shape[1], photo.shape[0])
                self._whole.free()
            else:
                report(1.0)
                return painting
        return paint_pixels(self._network, photo, report)

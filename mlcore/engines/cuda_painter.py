"""Painting whole photos on an NVIDIA GPU: half precision, CUDA graphs for sizes that come again."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Callable

import torch
from torch import Tensor, nn

from mlcore.engines.engine import Pixels
from mlcore.engines.padded_pixels import padded_pixels
from mlcore.engines.whole_forward import WholeForward
from mlcore.transformer_network import DOWNSAMPLING, TransformerNetwork

GRAPHS = 4
"""Sizes kept as CUDA graphs. Each holds the memory that its painting took, about 0.5 kB a pixel."""
GRAPH_PIXELS = 1 << 21
"""Larger photos keep the GPU busy for so long that starting its kernels one by one costs nothing."""
TOLERANCE = 0.02
"""Mean difference from float32, range 0 to 1, above which half precision is not used. Normal is 0.0002."""

_RECENT = 16

logger = logging.getLogger(__name__)


def cuda_painter(network: TransformerNetwork, compiled: bool = False) -> CudaPainter | None:
    """Return a painter that has proved itself on a small picture, or ``None`` and a line in the log saying why.

    Half precision ends at 65,504, and not every network from elsewhere stays below. A compiler that is missing or
    fails is done without.

    Args:
        network: float32, in eval mode, on a CUDA device.
        compiled: try TorchInductor.
    """
    painter = _tried(network, compiled=True) if compiled else None
    return painter or _tried(network, compiled=False)


def _tried(network: TransformerNetwork, compiled: bool) -> CudaPainter | None:
    device = next(network.parameters()).device
    try:
        painter = CudaPainter(WholeForward(network).to(device), compiled)
        photo = torch.rand(1, 3, 64, 80, device=device)
        with torch.inference_mode():
            # Not "> TOLERANCE": NaN must fail too.
            difference = (painter.forward(photo) - network(photo)).abs().mean().item()
        if difference <= TOLERANCE:
            return painter
        reason = f"it deviates by {difference:.3f}"
    except Exception as error:  # drivers, compilers and kernels fail in many ways, and float32 is always there
        reason = f"{type(error).__name__}: {error}"
    logger.warning("half precision%s is not used: %s", ", compiled," if compiled else "", reason)
    return None


class CudaPainter:
    """One style on the GPU, for one thread at a time.

    A size is painted kernel by kernel the first time, recorded the second time and replayed from then on; a folder of
    photos that are all different is not recorded at all.
    """

    def __init__(self, whole: WholeForward, compiled: bool = False) -> None:
        self.forward: nn.Module = torch.compile(whole, dynamic=True) if compiled else whole  # type: ignore[assignment]
        self._device = next(whole.parameters()).device
        self._graphs: OrderedDict[tuple[int, ...], Recording] = OrderedDict()
        self._seen: deque[tuple[int, ...]] = deque(maxlen=_RECENT)
        self._recording = True

    @torch.inference_mode()
    def paint(self, photo: Pixels) -> Pixels:
        """Return (H, W, 3) painted.

        Raises:
            torch.cuda.OutOfMemoryError: it does not fit.
        """
        height, width = photo.shape[:2]
        pixels = torch.tensor(padded_pixels(photo, DOWNSAMPLING))
        painting: Pixels = self.paint_pixels(pixels)[:height, :width].cpu().numpy()
        return painting

    def paint_pixels(self, pixels: Tensor) -> Tensor:
        """Map uint8 (H, W, 3), H and W multiples of 4, on any device, to the same on the GPU; valid until called again.

        Raises:
            torch.cuda.OutOfMemoryError: it does not fit.
        """
        size = tuple(pixels.shape)
        recorded = self._graphs.get(size)
        if recorded is None and self._recording and size in self._seen and pixels.numel() <= 3 * GRAPH_PIXELS:
            recorded = self._record(pixels)
        if recorded:
            self._graphs.move_to_end(size)
            return recorded.replay(pixels)
        self._seen.append(size)
        return self._paint(pixels.to(self._device))

    def free(self) -> None:
        """Give the memory of recorded sizes back."""
        self._graphs.clear()
        torch.cuda.empty_cache()

    def _paint(self, pixels: Tensor) -> Tensor:
        painted: Tensor = self.forward(pixels.permute(2, 0, 1)[None].float() / 255)
        return painted[0].mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous()

    def _record(self, pixels: Tensor) -> Recording | None:
        while len(self._graphs) >= GRAPHS:
            self._graphs.popitem(last=False)
        try:
            self._graphs[tuple(pixels.shape)] = recorded = Recording(self._paint, pixels.to(self._device))
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            logger.warning("CUDA graphs are not used: %s", error)
            self._recording = False
            return None
        return recorded


class Recording:
    """The kernels of one size, started all at once.

    Args:
        paint: what is recorded; all its tensors are on the GPU.
        pixels: any input of that size.
    """

    def __init__(self, paint: Callable[[Tensor], Tensor], pixels: Tensor) -> None:
        self._input = pixels.clone()
        # As PyTorch asks for: a run on another stream first, so that libraries allocate what they keep.
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        # A size that is kept is worth trying every algorithm for.
        with torch.backends.cudnn.flags(enabled=True, benchmark=True):
            with torch.cuda.stream(side):
                paint(self._input)
            torch.cuda.current_stream().wait_stream(side)
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._output = paint(self._input)

    def replay(self, pixels: Tensor) -> Tensor:
        """Return ``paint(pixels)``, valid until called again."""
        self._input.copy_(pixels)
        self._graph.replay()
        return self._output

from __future__ import annotations

import copy
import logging

import numpy as np
import pytest
import torch

from mlcore.engines import cuda_painter as cuda
from mlcore.engines.cuda_painter import CudaPainter, cuda_painter
from mlcore.engines.padded_pixels import padded_pixels
from mlcore.engines.torch_engine import TorchEngine
from mlcore.engines.whole_forward import WholeForward
from mlcore.errors import Cancelled, OutOfMemory
from mlcore.image_tensor import image_to_tensor
from mlcore.stylize import stylize
from mlcore.tests.pictures import picture
from mlcore.transformer_network import TransformerNetwork

CPU = torch.device("cpu")


def with_norms_of_its_own(network: TransformerNetwork) -> TransformerNetwork:
    """Take the initial ones and zeros away, behind which a forgotten weight or bias hides."""
    generator = torch.Generator().manual_seed(1)
    for parameter in network.parameters():
        if parameter.dim() == 1:
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return network


@pytest.mark.parametrize("size", [(1, 1), (7, 33), (50, 33), (16, 16)])
def test_it_paints_what_the_library_paints(network, size):
    photo = picture(*size)
    expected = np.asarray(stylize(copy.deepcopy(network), photo), dtype=int)
    painting = TorchEngine(network, CPU).paint(np.asarray(photo))
    assert painting.dtype == np.uint8
    assert painting.shape == (size[1], size[0], 3)
    assert np.abs(painting - expected).max() <= 1


def test_the_photo_stays_as_it_was_and_the_painting_is_its_own(network):
    photo = np.array(picture(40, 24))
    before = photo.copy()
    engine = TorchEngine(network, CPU)
    first = engine.paint(photo)
    kept = first.copy()
    engine.paint(255 - photo)
    assert (photo == before).all()
    assert (first == kept).all()


def test_on_a_cpu_progress_and_cancelling_go_through_the_strips(network):
    shares: list[float] = []

    def cancel(share: float) -> None:
        shares.append(share)
        if share > 0.3:
            raise Cancelled

    engine = TorchEngine(network, CPU)
    with pytest.raises(Cancelled):
        engine.paint(np.asarray(picture(32, 32)), cancel)
    assert 0.3 < shares[-1] < 0.9
    assert (engine.name, engine.precision) == ("torch", "float32")


def test_too_little_memory_is_told_with_advice(network):
    # An array of one pixel that says it is a hundred million wide: PyTorch itself finds that too much.
    photo = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (2**20, 2**20, 3))
    with pytest.raises(OutOfMemory, match="smaller size"):
        TorchEngine(network, CPU).paint(photo)


@pytest.mark.parametrize("output", ["tanh", "linear"])
@pytest.mark.parametrize("shape", [(1, 3, 16, 16), (2, 3, 24, 40)])
def test_the_folded_network_is_the_network(network, output, shape):
    network = with_norms_of_its_own(network)
    network.output = output
    photo = torch.rand(shape, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        painted = WholeForward(network, torch.float32)(photo)
        torch.testing.assert_close(painted, network(photo), atol=3e-5, rtol=0)


def test_half_precision_is_close_and_its_statistics_are_not_half(network):
    photo = image_to_tensor(picture(96, 64))
    network.conv1.bias.zero_()
    with torch.inference_mode():
        expected = network(photo)
        assert (WholeForward(network, torch.float16)(photo) - expected).abs().mean() < 1e-3
        # Sums of squares beyond 65,504, where half precision ends.
        network.conv1.weight.mul_(300)
        painted = WholeForward(network, torch.float16)(photo)
    assert painted.dtype == torch.float32
    assert (painted - expected).abs().mean() < 1e-3


def test_what_half_precision_cannot_hold_is_left_to_float32(network, caplog):
    # conv1 gives values beyond 65,504; the normalisation would bring them back.
    network.conv1.weight.mul_(1e6)
    with caplog.at_level(logging.WARNING):
        assert cuda_painter(network) is None
    assert "half precision is not used: it deviates" in caplog.text


def test_a_compiler_that_fails_is_done_without(network, monkeypatch, caplog):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no compiler here")

    monkeypatch.setattr(torch, "compile", broken)
    painter = cuda_painter(network, compiled=True)
    assert "compiled, is not used: RuntimeError: no compiler here" in caplog.text
    photo = np.asarray(picture(22, 19))
    assert painter is not None
    expected = TorchEngine(network, CPU).paint(photo).astype(int)
    painting = painter.paint(photo)
    assert painting.shape == photo.shape
    assert np.abs(painting - expected).mean() < 0.5


def test_sizes_that_come_again_are_recorded_and_few_are_kept(network, monkeypatch):
    class Recorded:  # recording needs a GPU; what is recorded and kept does not
        def __init__(self, paint, pixels):
            self.replay = paint

    monkeypatch.setattr(cuda, "Recording", Recorded)
    painter = CudaPainter(WholeForward(network, torch.float32))
    photos = [np.asarray(picture(16 + 4 * index, 16)) for index in range(cuda.GRAPHS + 2)]
    for photo in photos:
        painter.paint(photo)
    assert not painter._graphs
    for photo in photos:
        painter.paint(photo)
    assert [size[1] for size in painter._graphs] == [photo.shape[1] for photo in photos[2:]]
    painter.paint(photos[2])
    painter.paint(photos[0])  # pushes out the one not used for longest
    assert [size[1] for size in painter._graphs] == [32, 36, 24, 16]
    monkeypatch.setattr(cuda, "GRAPH_PIXELS", 100)
    large = np.asarray(picture(48, 16))
    for _ in range(3):
        painter.paint(large)
    assert 48 not in [size[1] for size in painter._graphs]


def test_recording_that_fails_is_tried_once(network, monkeypatch, caplog):
    tried = []

    class Recorded:
        def __init__(self, *_: object) -> None:
            tried.append(1)
            raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(cuda, "Recording", Recorded)
    painter = CudaPainter(WholeForward(network, torch.float32))
    photo = np.asarray(picture(16, 20))
    paintings = [painter.paint(photo) for _ in range(4)]
    assert len(tried) == 1
    assert "CUDA graphs are not used" in caplog.text
    assert all((one == paintings[0]).all() for one in paintings)


@pytest.mark.parametrize("multiple", [1, 4])
@pytest.mark.parametrize("size", [(1, 1), (3, 40), (15, 17), (18, 16), (33, 30)])
def test_photos_are_extended_by_reflection(size, multiple):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    padded = padded_pixels(photo, multiple)
    assert (padded[: size[0], : size[1]] == photo).all()
    assert all(side >= 16 and side % multiple == 0 for side in padded.shape[:2])
    assert all(new - old < 16 for new, old in zip(padded.shape[:2], size, strict=True))
    for axis in (0, 1):
        side = size[axis]
        if padded.shape[axis] > side:
            added = np.take(padded, side, axis)
            mirrored = side - 2 if padded.shape[axis] - side < side else side - 1
            assert (added == np.take(padded, mirrored, axis)).all()

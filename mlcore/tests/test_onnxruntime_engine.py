from __future__ import annotations

import copy

import numpy as np
import pytest

from mlcore.engines import onnxruntime_engine
from mlcore.engines.onnxruntime_engine import OnnxRuntimeEngine
from mlcore.errors import Cancelled, OutOfMemory
from mlcore.stylize import stylize
from mlcore.tests.pictures import picture


@pytest.fixture
def engine(network):
    return OnnxRuntimeEngine(network, threads=1, cpu=True)


def test_photos_of_any_size_are_painted_as_the_library_paints_them(network, engine):
    for size in [(1, 1), (7, 33), (50, 33), (16, 16), (33, 50)]:
        photo = picture(*size)
        expected = np.asarray(stylize(copy.deepcopy(network), photo), dtype=int)
        painting = engine.paint(np.asarray(photo))
        assert painting.dtype == np.uint8
        assert painting.shape == (size[1], size[0], 3)
        assert np.abs(painting - expected).max() <= 1


def test_networks_without_a_tanh_are_painted_without(network):
    network.output = "linear"
    photo = picture(24, 20)
    painting = OnnxRuntimeEngine(network, threads=1, cpu=True).paint(np.asarray(photo))
    assert np.abs(painting - np.asarray(stylize(network, photo), dtype=int)).max() <= 1


def test_cancelling_stops_within_a_layer(engine, monkeypatch):
    monkeypatch.setattr(onnxruntime_engine, "_PATIENCE", 0.001)
    shares: list[float] = []

    def cancel(share: float) -> None:
        shares.append(share)
        if len(shares) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.paint(np.asarray(picture(400, 400)), cancel)
    assert shares == [0, 0, 0]
    assert engine.paint(np.asarray(picture(16, 16)), shares.append).shape == (16, 16, 3)
    assert shares[-1] == 1


def test_too_little_memory_is_told_with_advice(engine, monkeypatch):
    def refuse(*_: object) -> None:
        np.empty(2**60, np.uint8)  # NumPy's own error

    monkeypatch.setattr(engine, "_session", type("Session", (), {"run": staticmethod(refuse)}))
    with pytest.raises(OutOfMemory, match="smaller size"):
        engine.paint(np.asarray(picture(16, 16)))

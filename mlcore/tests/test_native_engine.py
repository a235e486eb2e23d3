from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mlcore.checkpoint import load_style, save_style_file
from mlcore.engines.native_engine import NativeEngine
from mlcore.engines.native_library import load_library
from mlcore.engines.style_weights import read_weights
from mlcore.errors import Cancelled, EngineUnavailable
from mlcore.sample_scene import sample_scene
from mlcore.style_metadata import StyleMetadata
from mlcore.stylize import stylize
from mlcore.tests.pictures import picture
from mlcore.transformer_network import TransformerNetwork

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "stylizer" / "starter_styles" / "starry-night.safetensors"

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))) and not os.environ.get("CI"),
    reason="there is no C compiler, which the native engine is built with",
)


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture(scope="module")
def engine(kernels):
    return NativeEngine(read_weights(STARTER), kernels, threads=2)


@pytest.fixture(scope="module")
def starter_network():
    return load_style(STARTER)[0]


def _assert_near(painting, wanted, levels=2, mean=0.15):
    """Where maps and weights are kept in half precision a tenth of the values may be rounded to the level beside."""
    difference = np.abs(painting.astype(int) - wanted)
    assert difference.max() <= levels
    assert difference.mean() < mean


# 6 × 6 and 7 × 7 tiles of the small maps, 3 × 3 of the large one and segments of 192 pixels: met in the middle, at the
# edge, and with one pixel over.
@pytest.mark.parametrize("size", [(96, 64), (131, 97), (16, 20), (18, 400), (196, 28), (192, 24), (28, 100)])
def test_it_paints_what_pytorch_paints(engine, starter_network, size):
    photo = sample_scene().resize(size)
    painting = engine.paint(np.asarray(photo))
    assert painting.dtype == np.uint8
    wanted = np.asarray(stylize(starter_network, photo))
    assert painting.shape == wanted.shape
    assert painting.std() > 5
    _assert_near(painting, wanted)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (3, 70)])
def test_slivers_are_painted_at_their_own_size(engine, starter_network, size):
    photo = picture(*size)
    wanted = np.asarray(stylize(starter_network, photo))
    painting = engine.paint(np.asarray(photo))
    assert painting.shape == wanted.shape
    _assert_near(painting, wanted)


@pytest.mark.parametrize("output", ["tanh", "linear"])
def test_a_network_with_other_norms_and_either_output(output, tmp_path, kernels):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(8)
        network = TransformerNetwork(output).eval()
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                # Untrained, norms have weight 1 and bias 0, and mistakes with either would not show.
                if ".in" in name or name.startswith("in"):
                    parameter.add_(torch.rand_like(parameter) - 0.5)
    save_style_file(tmp_path / "style.safetensors", network, StyleMetadata())
    photo = picture(76, 52, seed=4)
    painting = NativeEngine(read_weights(tmp_path / "style.safetensors"), kernels).paint(np.asarray(photo))
    wanted = np.asarray(stylize(load_style(tmp_path / "style.safetensors")[0], photo))
    assert painting.std() > 5
    # Untrained, it makes more of small differences; a wrong norm would be off by tens of levels everywhere.
    _assert_near(painting, wanted, levels=10, mean=1)


def test_a_photo_of_one_colour(engine, starter_network):
    photo = picture(40, 40)
    photo.paste((200, 30, 90), (0, 0, 40, 40))
    painting = engine.paint(np.asarray(photo))
    _assert_near(painting, np.asarray(stylize(starter_network, photo)))


def test_photos_that_hardly_vary(engine, starter_network):
    """Half precision would lose one level's difference beside the colour that all pixels have in common."""
    rng = np.random.default_rng(0)
    for photo in (
        rng.integers(180, 182, (64, 80, 3)),
        np.full((64, 80, 3), 180) + 2 * (rng.random((64, 80, 1)) > 0.99),
    ):
        pixels = photo.astype(np.uint8)
        wanted = np.asarray(stylize(starter_network, Image.fromarray(pixels)))
        assert wanted.std() > 5
        assert np.abs(engine.paint(pixels).astype(int) - wanted).mean() < 1


def test_threads_do_not_change_a_bit(kernels):
    photo = np.asarray(sample_scene().resize((200, 150)))
    alone, together = (NativeEngine(read_weights(STARTER), kernels, threads=threads) for threads in (1, 4))
    first = alone.paint(photo)
    for _ in range(3):
        assert np.array_equal(together.paint(photo), first)


def test_sizes_that_follow_each_other_leave_nothing_behind(engine):
    large, small = (np.asarray(sample_scene().resize(size)) for size in ((160, 120), (64, 48)))
    first = engine.paint(large)
    engine.paint(small)
    assert np.array_equal(engine.paint(large), first)


def test_progress_rises_from_nothing_to_all(engine):
    shares = []
    engine.paint(np.asarray(picture(200, 160)), shares.append)
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert len(shares) > 30


def test_a_report_that_raises_stops_it_and_the_engine_goes_on_afterwards(engine):
    photo = np.asarray(picture(200, 160))
    heard = []

    def stop(share):
        heard.append(share)
        if share > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.paint(photo, stop)
    assert max(heard) < 0.6
    assert engine.paint(photo).shape == photo.shape


def test_photos_from_several_threads_do_not_mix(engine):
    photos = [np.asarray(picture(64 + 4 * index, 48, seed=index)) for index in range(4)]
    wanted = [engine.paint(photo) for photo in photos]
    found = [None] * len(photos)

    def paint(index):
        found[index] = engine.paint(photos[index])

    threads = [threading.Thread(target=paint, args=(index,)) for index in range(len(photos))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(one, other) for one, other in zip(found, wanted, strict=True))


def test_memory_is_what_it_says_and_no_torch_is_loaded(kernels):
    script = f"""
import sys
from pathlib import Path
import numpy as np
from mlcore.engines.native_engine import NativeEngine
from mlcore.engines.style_weights import read_weights
def peak():  # not ru_maxrss, which a process inherits
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
engine = NativeEngine(read_weights(Path({str(STARTER)!r})), Path({str(kernels)!r}), threads=1)
engine.paint(np.zeros((64, 64, 3), np.uint8))
before = peak()
engine.paint(np.random.default_rng(0).integers(0, 255, (1600, 1200, 3), np.uint8))
assert "torch" not in sys.modules
print((peak() - before) / (1600 * 1200), engine.bytes_per_pixel)
"""
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True
    )
    taken, told = map(float, result.stdout.split())
    assert 90 < taken <= told - 40  # what is around it


def test_the_kernels_are_compiled_once(kernels, engine):
    compiled = {path: path.stat().st_mtime_ns for path in kernels.iterdir()}
    assert {path.suffix for path in compiled} == {".so", ".sha256"}
    assert len(compiled) == 2
    load_library.cache_clear()
    load_library(kernels)
    assert {path: path.stat().st_mtime_ns for path in kernels.iterdir()} == compiled


def test_half_a_library_is_compiled_anew_instead_of_loaded(tmp_path, kernels, engine):
    for path in kernels.iterdir():
        shutil.copy(path, tmp_path)
    (damaged,) = tmp_path.glob("*.so")
    damaged.write_bytes(damaged.read_bytes()[:1000])
    # In a process of its own: loading half a library would end it.
    script = f"""
from pathlib import Path
from mlcore.engines.native_library import load_library
load_library(Path({str(tmp_path)!r}))
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
    (sound,) = kernels.glob("*.so")
    assert damaged.stat().st_size == sound.stat().st_size


def test_without_a_compiler_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    load_library.cache_clear()
    with pytest.raises(EngineUnavailable, match="Debian's package gcc"):
        load_library(tmp_path / "cache")


@pytest.mark.parametrize("compiler", ["false", "/no/such/compiler"])
def test_a_compiler_that_fails(tmp_path, monkeypatch, compiler):
    monkeypatch.setenv("CC", compiler)
    load_library.cache_clear()
    with pytest.raises(EngineUnavailable, match=compiler):
        load_library(tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_folder_that_others_may_write_to_is_not_trusted(tmp_path):
    tmp_path.chmod(0o777)
    load_library.cache_clear()
    with pytest.raises(EngineUnavailable, match="Others may write"):
        load_library(tmp_path)
    assert not list(tmp_path.iterdir())

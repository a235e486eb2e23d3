from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
import torch
from openvino import opset13 as op
from PIL import Image

from mlcore.engines.bundled_photos import PhotoSets, bundled_photos, photos_in
from mlcore.engines.deviation import Deviation, deviation_of, structural_similarity
from mlcore.engines.disk_cache import QuantisationCache
from mlcore.engines.openvino_engine import OpenVinoEngine, compile_model
from mlcore.engines.openvino_graph import _quantised
from mlcore.engines.openvino_int8 import open_int8, open_int8_untuned
from mlcore.engines.quantisation import Quantisation
from mlcore.engines.quantize import find_ranges, quantise
from mlcore.engines.style_weights import read_weights
from mlcore.errors import Cancelled, ConfigError, EngineUnavailable
from mlcore.image_tensor import image_to_tensor
from mlcore.metrics import ssim
from mlcore.tests.pictures import picture

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "stylizer" / "starter_styles" / "udnie.safetensors"


@pytest.fixture(scope="module")
def weights():
    return read_weights(STARTER)


@pytest.fixture(scope="module")
def small_photos():
    """Parts of the bundled photos, which take a tenth of the time."""
    photos = bundled_photos()
    return PhotoSets(*(tuple(photo[:100, :100] for photo in part) for part in (photos.calibration, photos.measuring)))


@pytest.fixture(scope="module")
def found(weights):
    return quantise(weights, threads=1)


def test_a_starter_style_keeps_its_looks_on_photos_it_was_not_quantised_with(weights, found):
    assert found.deviation.is_small
    assert found.deviation.photos == 2
    assert 0 < found.deviation.mean_absolute_error < 1.5
    assert found.deviation.ssim > 0.99
    photo = np.asarray(picture(90, 130, seed=3))
    int8, float32 = OpenVinoEngine(weights, found, threads=1), OpenVinoEngine(weights, threads=1)
    assert (int8.name, int8.precision, int8.deviation) == ("openvino", "int8", found.deviation)
    assert (float32.precision, float32.deviation) == ("float32", None)
    measured = deviation_of([(float32.paint(photo), int8.paint(photo))])
    # Colour fields that melt into each other are what it was quantised with least.
    assert 0 < measured.mean_absolute_error < 4
    assert measured.ssim > 0.95


def test_convolutions_are_computed_in_int8(weights, found):
    engine = OpenVinoEngine(weights, found, threads=1)
    layers = [node.get_rt_info() for node in engine._request.get_compiled_model().get_runtime_model().get_ops()]
    kernels = [layer["primitiveType"].value for layer in layers if "Convolution" in layer["layerType"].value]
    assert len(kernels) == 16
    assert all(kernel.endswith("I8") for kernel in kernels), kernels


def test_ranges_hold_what_was_seen_and_a_margin(weights):
    photos = [np.asarray(picture(64, 48, seed=seed)) for seed in (1, 2)]
    both = find_ranges(weights, photos, threads=1)
    first = find_ranges(weights, photos[:1], threads=1)
    assert len(both) == 15
    for name, (low, high) in both.items():
        assert (low < high).all()
        assert (low <= first[name].low + 1e-6).all()
        assert (high >= first[name].high - 1e-6).all()
    # What a ReLU made begins at 0, the sums of the residual blocks do not.
    assert (both["conv2"].low == 0).all()
    assert (both["res_blocks.3.conv1"].low < 0).any()


def test_an_untrained_style_can_be_quantised_too(style_file, small_photos):
    # All its norms are alike; a channel may well be 0 everywhere.
    found = quantise(read_weights(style_file), small_photos, threads=1)
    assert np.isfinite(found.deviation.mean_absolute_error)


@pytest.mark.parametrize(("inputs", "outputs"), [(3, 8), (64, 16)])
def test_int8_convolution_is_exact_at_the_ends_of_its_range(inputs, outputs):
    """Sums of two products that do not fit 16 bits are cut off on processors without int8 instructions for them."""
    generator = np.random.default_rng(4)
    kernel = generator.choice([-1.0, 1.0, 0.9, -0.7], (outputs, inputs, 3, 3)).astype(np.float32)
    kernel[0] = 1
    kernel[1] = -1
    parameter = op.parameter(ov.PartialShape([1, inputs, 16, 16]), ov.Type.f32)
    levels = op.fake_quantize(parameter, *(op.constant(np.float32(end)) for end in (0, 255, 0, 255)), 256)
    convolved = op.convolution(levels, _quantised(kernel), [1, 1], [0, 0], [0, 0], [1, 1])
    compiled = compile_model(ov.Model([convolved], [parameter], "convolution"), threads=1)
    values = np.where(generator.random((1, inputs, 16, 16)) < 0.8, 255, 3).astype(np.float32)
    wanted = torch.nn.functional.conv2d(torch.from_numpy(values), torch.from_numpy(kernel)).numpy()
    # Of sums of up to 255·9·inputs, rounding a weight moves a small part.
    assert np.abs(compiled(values)[0] - wanted).max() < 255 * 9 * inputs * 0.006


def test_structural_similarity_is_that_of_metrics():
    a, b = picture(40, 33, seed=1), picture(40, 33, seed=2)
    noisy = np.clip(np.asarray(a) + np.random.default_rng(1).normal(0, 9, (33, 40, 3)), 0, 255).astype(np.uint8)
    for first, second in ((a, b), (a, noisy), (a, a)):
        tensors = [image_to_tensor(Image.fromarray(np.asarray(one))) for one in (first, second)]
        similarity = structural_similarity(np.asarray(first), np.asarray(second))
        assert similarity == pytest.approx(ssim(*tensors).item(), abs=1e-6)


def test_deviation_of_known_differences():
    flat = np.full((20, 30, 3), 100, np.uint8)
    none = deviation_of([(flat, flat)])
    assert (none.mean_absolute_error, none.psnr, none.ssim) == (0, 99, 1)
    assert none.is_small
    some = deviation_of([(flat, flat), (flat, flat + 8)])
    assert some.mean_absolute_error == 4
    assert some.worst_mean_absolute_error == 8
    assert some.psnr == pytest.approx(10 * np.log10(255**2 / 32))
    assert not some.is_small  # on average it would be nearly small, but one photo is not


@pytest.mark.parametrize(
    ("error", "similarity", "small"), [(2.9, 0.98, True), (3.1, 0.98, False), (1, 0.96, False), (np.nan, np.nan, False)]
)
def test_the_bar(error, similarity, small):
    deviation = Deviation(error, 40, similarity, error, similarity, 2)
    assert deviation.is_small is small
    if not small:
        with pytest.raises(EngineUnavailable, match="int8 deviates too far") as caught:
            Quantisation({}, deviation).check()
        assert caught.value.code == "int8_deviates"


def test_a_style_beyond_the_bar_is_refused_and_asked_only_once(weights, found, tmp_path, monkeypatch):
    asked = []

    def too_far(*_arguments, **_options):
        asked.append(1)
        return replace(found, deviation=replace(found.deviation, worst_ssim=0.9))

    monkeypatch.setattr("mlcore.engines.openvino_int8.quantise", too_far)
    for _ in range(2):
        with pytest.raises(EngineUnavailable, match=r"SSIM 0\.9000"):
            open_int8(weights, tmp_path, threads=1)
    assert asked == [1]


def test_a_worker_opens_what_was_kept_without_torch_and_paints_the_same(weights, found, tmp_path):
    photo = np.asarray(picture(60, 44, seed=6))
    QuantisationCache(tmp_path / "quantised").get(weights.sha256, lambda: found)
    painting = open_int8(weights, tmp_path, threads=1).paint(photo)
    np.save(tmp_path / "photo.npy", photo)
    code = (
        "import sys; from pathlib import Path; import numpy\n"
        "import mlcore.engines.openvino_int8 as module\n"
        "from mlcore.engines.style_weights import read_weights\n"
        "module.quantise = None\n"  # would be called in vain
        f"engine = module.open_int8(read_weights(Path({str(STARTER)!r})), Path({str(tmp_path)!r}), threads=1)\n"
        f"painting = engine.paint(numpy.load({str(tmp_path / 'photo.npy')!r}))\n"
        f"numpy.save({str(tmp_path / 'painting.npy')!r}, painting)\n"
        "print(engine.precision, engine.deviation.photos, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "int8 2 False"
    assert np.array_equal(np.load(tmp_path / "painting.npy"), painting)


def test_an_untuned_engine_computes_in_int8(weights):
    engine = open_int8_untuned(weights, threads=1)
    assert engine.precision == "int8"
    assert engine.paint(np.asarray(picture(40, 24))).shape == (24, 40, 3)


def test_quantising_can_be_stopped(weights, small_photos):
    heard = []

    def stop(share):
        heard.append(share)
        if share >= 0.25:
            raise Cancelled

    with pytest.raises(Cancelled):
        quantise(weights, small_photos, threads=1, report=stop)
    assert heard == sorted(heard)
    assert heard[-1] < 0.5


def test_bundled_photos_are_real_sizes_and_in_one_set_only():
    photos = bundled_photos()
    everything = [*photos.calibration, *photos.measuring]
    assert (len(photos.calibration), len(photos.measuring)) == (4, 2)
    assert all(max(photo.shape) == 320 and photo.shape[2] == 3 for photo in everything)
    assert len({photo.tobytes() for photo in everything}) == 6


def test_photos_of_a_folder_are_shared_out(photos, tmp_path):
    sets = photos_in(photos)
    assert (len(sets.calibration), len(sets.measuring)) == (3, 3)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="--photos"):
        photos_in(tmp_path / "empty")

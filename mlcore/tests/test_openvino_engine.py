from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
import torch
from safetensors.torch import save_file

from mlcore.checkpoint import load_style, save_style_file
from mlcore.engines.openvino_engine import OpenVinoEngine, compile_model
from mlcore.engines.openvino_graph import build_model
from mlcore.engines.style_weights import read_weights, weight_shapes
from mlcore.errors import Cancelled, CheckpointError
from mlcore.image_tensor import image_to_tensor
from mlcore.sample_scene import sample_scene
from mlcore.style_metadata import StyleMetadata
from mlcore.stylize import stylize
from mlcore.tests.pictures import picture
from mlcore.transformer_network import TransformerNetwork

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "stylizer" / "starter_styles" / "starry-night.safetensors"


@pytest.fixture(scope="module")
def engine():
    return OpenVinoEngine(read_weights(STARTER), threads=1)


@pytest.fixture(scope="module")
def starter_network():
    return load_style(STARTER)[0]


@pytest.mark.parametrize("size", [(96, 64), (131, 97), (16, 20), (18, 400)])
def test_it_paints_what_pytorch_paints(engine, starter_network, size):
    photo = sample_scene().resize(size)
    painting = engine.paint(np.asarray(photo))
    assert painting.dtype == np.uint8
    wanted = np.asarray(stylize(starter_network, photo))
    assert painting.shape == wanted.shape
    assert painting.std() > 5
    # A value that falls between two levels may be rounded either way.
    assert np.abs(painting.astype(int) - wanted).max() <= 1
    assert (painting != wanted).mean() < 0.02


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (3, 70)])
def test_slivers_are_painted_at_their_own_size(engine, starter_network, size):
    photo = picture(*size)
    wanted = np.asarray(stylize(starter_network, photo))
    painting = engine.paint(np.asarray(photo))
    assert painting.shape == wanted.shape
    assert np.abs(painting.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("output", ["tanh", "linear"])
def test_before_rounding_it_is_within_a_thousandth_of_pytorch(output, tmp_path):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(8)
        network = TransformerNetwork(output).eval()
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                # Untrained, norms have weight 1 and bias 0, and mistakes with either would not show.
                if ".in" in name or name.startswith("in"):
                    parameter.add_(torch.rand_like(parameter) - 0.5)
    save_style_file(tmp_path / "style.safetensors", network, StyleMetadata())
    model = build_model(read_weights(tmp_path / "style.safetensors"))
    rounded = model.get_results()[0].input_value(0).get_node().input_value(0).get_node()
    assert rounded.get_type_name() == "Round"
    levels = ov.Model([rounded.input_value(0)], model.get_parameters(), "levels")
    photo = picture(76, 52, seed=4)
    painted = compile_model(levels, threads=1)(np.asarray(photo)[None])[0] / 255
    stored, _ = load_style(tmp_path / "style.safetensors")
    wanted = stored(image_to_tensor(photo)).permute(0, 2, 3, 1).detach().numpy()
    assert wanted.std() > 0.01
    assert np.abs(painted - wanted).max() <= 1e-3


def test_progress_begins_at_nothing_and_ends_at_everything(engine):
    heard = []
    engine.paint(np.asarray(picture(40, 40)), heard.append)
    assert heard[0] == 0
    assert heard[-1] == 1
    assert heard == sorted(heard)


def test_what_report_raises_stops_it_and_the_next_photo_is_painted_well(engine, starter_network):
    calls = []

    def stop(share):
        calls.append(share)
        if len(calls) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.paint(np.asarray(picture(1024, 1024)), stop)
    assert calls == [0, 0]
    photo = picture(40, 32)
    assert np.abs(engine.paint(np.asarray(photo)).astype(int) - np.asarray(stylize(starter_network, photo))).max() <= 1


def test_engines_of_two_styles_work_side_by_side(engine):
    other = OpenVinoEngine(read_weights(STARTER.with_name("udnie.safetensors")), threads=1)
    photo = np.asarray(picture(64, 64))
    alone = [one.paint(photo) for one in (engine, other)]
    together = [None, None]

    def paint(index, one):
        together[index] = one.paint(photo)

    threads = [threading.Thread(target=paint, args=pair) for pair in enumerate((engine, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(alone[0], together[0])
    assert np.array_equal(alone[1], together[1])
    assert not np.array_equal(*alone)


def test_a_view_of_a_larger_array_is_painted_like_a_copy(engine):
    photo = np.asarray(picture(80, 80))
    view = photo[8:72, 4:68][:, ::-1]
    assert np.array_equal(engine.paint(view), engine.paint(view.copy()))


def test_opening_and_painting_loads_no_torch():
    code = (
        "import sys; from pathlib import Path; import numpy\n"
        "from mlcore.engines.style_weights import read_weights\n"
        "from mlcore.engines.openvino_engine import OpenVinoEngine\n"
        f"engine = OpenVinoEngine(read_weights(Path({str(STARTER)!r})), threads=1)\n"
        "print(engine.paint(numpy.zeros((20, 24, 3), numpy.uint8)).shape, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(20, 24, 3) False"


def test_weight_shapes_are_those_of_the_network():
    assert weight_shapes() == {name: tuple(value.shape) for name, value in TransformerNetwork().state_dict().items()}


def test_weights_of_other_kinds_of_files_are_the_same(network, style_file, tmp_path):
    plain = tmp_path / "plain.pth"
    torch.save(load_style(style_file)[0].state_dict(), plain)
    halved = tmp_path / "bfloat16.safetensors"
    save_file({name: value.bfloat16() for name, value in network.state_dict().items()}, halved)
    wanted = read_weights(style_file)
    same = read_weights(plain)
    assert all(np.array_equal(wanted[name], same[name]) for name in weight_shapes())
    close = read_weights(halved)
    assert all(np.allclose(wanted[name], close[name], atol=0.01) for name in weight_shapes())
    assert wanted.sha256 != same.sha256


def test_a_file_that_is_no_style_says_why(style_file, tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_weights(tmp_path / "missing.safetensors")
    content = bytearray(style_file.read_bytes())
    content[-2:] = b"\x00\x7e"  # float16 NaN in the last weight
    (tmp_path / "diverged.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match="NaN"):
        read_weights(tmp_path / "diverged.safetensors")


MEMORY_CODE = f"""
import sys
from pathlib import Path
import numpy
from mlcore.engines.openvino_engine import OpenVinoEngine
from mlcore.engines.style_weights import read_weights
from mlcore.errors import OutOfMemory
from mlcore.process_limits import limit_memory

def private():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon")) // 1024

engine = OpenVinoEngine(read_weights(Path({str(STARTER)!r})), threads=1)
small, large = (numpy.zeros((side, side, 3), numpy.uint8) for side in (64, 1056))
wanted = engine.paint(small)
before = private()
engine.paint(large)
print(private() - before)
limit_memory(100 * 2**20)
try:
    engine.paint(large)
except OutOfMemory as error:
    print(error)
print(numpy.array_equal(engine.paint(small), wanted))
untouched = OpenVinoEngine(read_weights(Path({str(STARTER)!r})), threads=1)
try:
    untouched.paint(large)
except OutOfMemory as error:
    print(numpy.array_equal(untouched.paint(small), wanted))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has the limit")
def test_large_photos_leave_no_memory_behind_and_too_large_ones_say_so():
    done = subprocess.run([sys.executable, "-c", MEMORY_CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    held, error, *same = done.stdout.splitlines()
    # Painting took 330 MB.
    assert int(held) < 100
    assert error == "Painting 1056×1056 pixels takes about 330 MB, more than there is. Choose a smaller size."
    assert same == ["True", "True"]


def test_engines_that_go_leave_signal_handlers_a_stack_to_run_on():
    script = f"""
import ctypes, gc
from pathlib import Path
from mlcore.engines.openvino_engine import OpenVinoEngine
from mlcore.engines.style_weights import read_weights
class Stack(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]
weights = read_weights(Path({str(STARTER)!r}))
first, second = OpenVinoEngine(weights, threads=1), OpenVinoEngine(weights, threads=1)
del first
gc.collect()
del second
gc.collect()
stack = Stack()
assert ctypes.CDLL(None).sigaltstack(None, ctypes.byref(stack)) == 0
SS_DISABLE = 2
if not stack.flags & SS_DISABLE:
    ranges = [line.split()[0].split("-") for line in open("/proc/self/maps")]
    assert any(int(low, 16) <= stack.address < int(high, 16) for low, high in ranges), "it is not there any more"
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)

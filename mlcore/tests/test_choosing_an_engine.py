from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mlcore.engines import choose, chosen_engine, race
from mlcore.engines.candidates import CANDIDATES, ENGINES, Candidate, Setting
from mlcore.engines.choose import open_engine
from mlcore.engines.chosen_engine import ChosenEngine
from mlcore.engines.deviation import Deviation
from mlcore.errors import CheckpointError, ConfigError, EngineUnavailable, OutOfMemory
from mlcore.free_memory import FreeMemory
from mlcore.progress_report import silent
from mlcore.tests.pictures import picture

ROOT = Path(__file__).resolve().parents[2]
PHOTO = np.asarray(picture(24, 20))


class Waiting:
    """An engine that takes as long as it is told."""

    def __init__(self, name: str, precision: str, seconds: float) -> None:
        self.name, self.precision, self.seconds = name, precision, seconds
        self.painted: list[tuple[int, ...]] = []

    def paint(self, photo, report=silent):
        time.sleep(self.seconds)
        self.painted.append(photo.shape)
        return photo


@pytest.fixture
def candidates(monkeypatch):
    """Put engines of the test's choosing in the place of the real ones; returns the list and what was opened."""
    opened: list[str] = []
    entries: list[Candidate] = []

    def add(engine, seconds, precision="float32", error=None, raced=None, bytes_per_pixel=None):
        def opener(setting: Setting) -> Waiting:
            opened.append(f"{engine} {precision}")
            if error:
                raise error
            return Waiting(engine, precision, seconds)

        racer = (lambda setting: Waiting(engine, precision, raced)) if raced is not None else None
        entries.append(Candidate(engine, precision, "", bytes_per_pixel, opener, racer))
        monkeypatch.setattr(choose, "CANDIDATES", tuple(entries))

    monkeypatch.setattr(race, "_remembered", {})
    monkeypatch.setattr(choose, "may_have_gpu", lambda: False)
    add.opened = opened
    return add


def test_the_fastest_is_taken(candidates):
    candidates("openvino", 0.04)
    candidates("onnxruntime", 0.0)
    candidates("torch", 0.04)
    engine = open_engine(Path("style"))
    assert (engine.name, engine.precision) == ("onnxruntime", "float32")
    text = engine.describe()
    assert re.match(r"onnxruntime float32: 512×512 pixels take onnxruntime float32 \d+ ms, ", text)
    assert int(re.search(r"openvino float32 (\d+) ms", text)[1]) >= 40


def test_one_that_cannot_be_used_is_passed_over_and_says_why(candidates):
    candidates("native", 0.0, error=EngineUnavailable("No C compiler."))
    candidates("openvino", 0.0, error=ImportError("libtbb.so: no such file"))
    candidates("torch", 0.04)
    engine = open_engine(Path("style"))
    assert engine.name == "torch"
    assert "No C compiler." in engine.describe()
    assert "The engine openvino cannot be used here: ImportError: libtbb.so: no such file" in engine.describe()


def test_one_whose_kernels_do_not_run_here_is_passed_over(candidates, monkeypatch):
    class Broken(Waiting):
        def paint(self, photo, report=silent):
            raise RuntimeError("illegal instruction")

    candidates("torch", 0.0)
    broken = Candidate("openvino", "float32", "", None, lambda setting: Broken("openvino", "float32", 0))
    monkeypatch.setattr(choose, "CANDIDATES", (broken, *choose.CANDIDATES))
    engine = open_engine(Path("style"))
    assert engine.name == "torch"
    assert "illegal instruction" in engine.describe()


@pytest.mark.parametrize(("seconds", "precision"), [(0.02, "int8"), (0.0599, "float32")])
def test_int8_must_be_clearly_faster(candidates, seconds, precision):
    candidates("openvino", 0.06)
    candidates("openvino", seconds, "int8")
    assert open_engine(Path("style")).precision == precision


def test_int8_that_deviates_too_far_for_a_style_leaves_it_to_float32(candidates):
    candidates("openvino", 0.03)
    candidates("openvino", 0.0, "int8", error=EngineUnavailable("int8 deviates by 9/255 here."), raced=0.0)
    engine = open_engine(Path("style"))
    assert engine.precision == "float32"
    assert "int8 deviates by 9/255 here." in engine.describe()


def test_int8_says_how_far_it_deviates(candidates, monkeypatch):
    class Measured(Waiting):
        deviation = Deviation(**dict.fromkeys((one.name for one in dataclasses.fields(Deviation)), 1.5))

    candidates("torch", 0.03)
    assert open_engine(Path("style")).deviation is None
    int8 = Candidate("openvino", "int8", "", None, lambda setting: Measured("openvino", "int8", 0))
    monkeypatch.setattr(choose, "CANDIDATES", (int8, *choose.CANDIDATES))
    monkeypatch.setattr(race, "_remembered", {})
    engine = open_engine(Path("style"))
    assert engine.deviation is Measured.deviation
    assert str(Measured.deviation) in engine.describe()


def test_the_measurement_is_made_once_and_survives_the_process(candidates, monkeypatch, tmp_path):
    candidates("openvino", 0.0)
    candidates("torch", 0.03)
    first = open_engine(Path("style"), cache=tmp_path)
    assert candidates.opened == ["openvino float32", "torch float32", "openvino float32"]
    open_engine(Path("another style"), cache=tmp_path)
    monkeypatch.setattr(race, "_remembered", {})  # as in a new process
    again = open_engine(Path("style"), cache=tmp_path)
    assert candidates.opened[3:] == ["openvino float32"] * 2
    assert again.describe() == first.describe()
    # Other threads, other times.
    open_engine(Path("style"), cache=tmp_path, threads=1)
    assert "torch float32" in candidates.opened[5:]


@pytest.mark.parametrize("content", ["", "[]", '{"seconds": {"torch float32": 1}}', '{"seconds": 3, "skipped": {}}'])
def test_half_a_file_in_the_cache_is_measured_again(candidates, monkeypatch, tmp_path, content):
    candidates("openvino", 0.0)
    candidates("torch", 0.03)
    open_engine(Path("style"), cache=tmp_path)
    (file,) = tmp_path.rglob("*.json")
    assert set(json.loads(file.read_text())["seconds"]) == {"openvino float32", "torch float32"}
    file.write_text(content)
    monkeypatch.setattr(race, "_remembered", {})
    assert open_engine(Path("style"), cache=tmp_path).name == "openvino"
    assert json.loads(file.read_text())["seconds"]["torch float32"] >= 0.03


def test_a_cache_that_cannot_be_written_costs_only_time(candidates, tmp_path):
    candidates("openvino", 0.0)
    candidates("torch", 0.03)
    (tmp_path / "file").touch()
    assert open_engine(Path("style"), cache=tmp_path / "file").name == "openvino"


def test_an_engine_that_was_asked_for_must_work(candidates):
    candidates("openvino", 0.0, error=EngineUnavailable("OpenVINO is not installed."))
    candidates("torch", 0.0)
    with pytest.raises(EngineUnavailable, match="OpenVINO is not installed"):
        open_engine(Path("style"), engine="openvino")
    assert open_engine(Path("style"), engine="torch").describe() == "torch float32: as asked for."
    with pytest.raises(ConfigError, match="--engine tensorflow"):
        open_engine(Path("style"), engine="tensorflow")


def test_a_missing_library_is_named_with_what_installs_it(monkeypatch, style_file):
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.delitem(sys.modules, "mlcore.engines.openvino_engine", raising=False)
    monkeypatch.delitem(sys.modules, "mlcore.engines.openvino_graph", raising=False)
    with pytest.raises(EngineUnavailable, match=r"openvino is not installed|cannot be used here.*openvino"):
        open_engine(style_file, engine="openvino", cpu=True)


def test_a_style_that_is_none_is_nobodys_fault(tmp_path):
    (tmp_path / "style.safetensors").write_bytes(b"no style")
    with pytest.raises(CheckpointError):
        open_engine(tmp_path / "style.safetensors", cpu=True)


def test_photos_too_large_for_an_engine_are_painted_in_strips(monkeypatch):
    monkeypatch.setattr(chosen_engine, "MEMORY_BUDGET", 300 * 24 * 20)
    small, strips = Waiting("openvino", "int8", 0), Waiting("torch", "float32", 0)
    engine = ChosenEngine(small, 300, lambda: strips, "as asked for.")
    assert engine.paint(PHOTO).shape == PHOTO.shape
    assert (small.painted, strips.painted, engine.precision) == ([PHOTO.shape], [], "int8")
    large = np.zeros((24, 21, 3), np.uint8)
    engine.paint(large)
    assert (strips.painted, engine.name, engine.precision) == ([large.shape], "torch", "float32")
    engine.paint(PHOTO)
    assert (engine.name, len(small.painted)) == ("openvino", 2)
    assert "in strips" in engine.describe()


def test_photos_an_engine_finds_no_memory_for_are_painted_in_strips():
    class Full(Waiting):
        def paint(self, photo, report=silent):
            raise OutOfMemory("no")

    strips = Waiting("torch", "float32", 0)
    engine = ChosenEngine(Full("openvino", "float32", 0), 1, lambda: strips, "")
    engine.paint(PHOTO)
    assert (strips.painted, engine.name) == ([PHOTO.shape], "torch")


def test_what_is_left_for_an_engine_is_not_all_that_is_free(monkeypatch):
    small, strips = Waiting("native", "float32", 0), Waiting("torch", "float32", 0)
    engine = ChosenEngine(small, 100, lambda: strips, "")
    for free, name in ((200 * PHOTO.size, "native"), (101 * PHOTO.size // 3, "torch")):
        monkeypatch.setattr(chosen_engine, "free_host_memory", lambda free=free: FreeMemory(free, 2**40))
        engine.paint(PHOTO)
        assert engine.name == name


def test_too_little_memory_for_strips_is_told():
    class Full(Waiting):
        def paint(self, photo, report=silent):
            raise OutOfMemory("no")

    with pytest.raises(OutOfMemory):
        ChosenEngine(Full("torch", "float32", 0), None, lambda: Full("torch", "float32", 0), "").paint(PHOTO)


@pytest.mark.parametrize("name", sorted({one.engine for one in CANDIDATES}))
def test_every_engine_opens_by_its_name_and_paints_the_same(name, style_file):
    expected = open_engine(style_file, engine="torch", cpu=True, threads=1).paint(PHOTO).astype(int)
    try:
        engine = open_engine(style_file, engine=name, cpu=True, threads=1)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    assert engine.name == name
    # The native engine keeps maps in half precision, of which an untrained network makes more.
    levels = 60 if engine.precision == "int8" else 5 if name == "native" else 1
    assert np.abs(engine.paint(PHOTO) - expected).max() <= levels


def test_every_engine_has_a_candidate():
    assert {one.engine for one in CANDIDATES} == set(ENGINES)
    assert len({one.label for one in CANDIDATES}) == len(CANDIDATES)


def test_a_second_start_loads_no_torch(style_file, tmp_path):
    # Most of what a cold worker waits for is that import. OpenVINO stands for whatever is fastest.
    code = (
        "import sys\nfrom pathlib import Path\nimport numpy as np\nfrom mlcore.engines.choose import open_engine\n"
        f"engine = open_engine(Path({str(style_file)!r}), engine='openvino', cache=Path({str(tmp_path)!r}))\n"
        "engine.paint(np.zeros((16, 16, 3), np.uint8))\nsys.exit('torch' in sys.modules)"
    )
    for _ in range(2):
        status = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode
    assert status == 0

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import mlcore.engines.disk_cache as disk_cache
from mlcore.engines.deviation import Deviation
from mlcore.engines.disk_cache import QuantisationCache
from mlcore.engines.quantisation import ActivationRange, Quantisation
from mlcore.errors import Cancelled

ROOT = Path(__file__).resolve().parents[2]
SHA = "ab" * 32
DEVIATION = Deviation(1.25, 41.5, 0.99, 1.5, 0.98, 2)


def quantisation(top: float = 2.5) -> Quantisation:
    low, high = np.array([0, -0.1], np.float32), np.array([1e-3, top], np.float32)
    return Quantisation({"conv2": ActivationRange(low, high)}, DEVIATION)


def never() -> Quantisation:
    raise AssertionError("it was kept and needs no finding")


def test_what_was_found_is_kept_bit_by_bit(tmp_path):
    cache = QuantisationCache(tmp_path / "new" / "folder")
    assert cache.read(SHA) is None
    cache.get(SHA, quantisation)
    kept = cache.get(SHA, never)
    assert kept.deviation == DEVIATION
    for kept_ends, ends in zip(kept.ranges["conv2"], quantisation().ranges["conv2"], strict=True):
        assert kept_ends.dtype == np.float32
        assert np.array_equal(kept_ends, ends)
    assert cache.read("cd" * 32) is None


def test_the_record_says_what_was_decided_and_why(tmp_path):
    QuantisationCache(tmp_path).get(SHA, quantisation)
    (record,) = tmp_path.glob("*.json")
    said = json.loads(record.read_text())
    assert said["style_sha256"] == SHA
    assert said["precision"] == "int8"
    assert said["deviation"]["mean_absolute_error"] == 1.25


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"ranges": {}}', b'{"ranges": {"a": {"low": [1], "high": [0]}}, "deviation": {}}']
)
def test_a_damaged_record_is_replaced(tmp_path, content):
    cache = QuantisationCache(tmp_path)
    cache.get(SHA, quantisation)
    (record,) = tmp_path.glob("*.json")
    record.write_bytes(content)
    assert cache.read(SHA) is None
    cache.get(SHA, quantisation)
    assert cache.get(SHA, never).deviation == DEVIATION


def test_another_machine_finds_for_itself(tmp_path, monkeypatch):
    cache = QuantisationCache(tmp_path)
    cache.get(SHA, quantisation)
    monkeypatch.setattr(disk_cache, "machine_digest", lambda _threads: "0" * 32)
    assert cache.read(SHA) is None


def test_the_folder_is_bounded_and_what_is_used_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_cache, "CAPACITY", 3)
    cache = QuantisationCache(tmp_path)
    names = [f"{index:064x}" for index in range(5)]
    for index, name in enumerate(names[:3]):
        cache.get(name, quantisation)
        (record,) = tmp_path.glob(f"{name}*.json")
        os.utime(record, (1000 + index, 1000 + index))
    cache.read(names[0])  # now the latest
    for name in names[3:]:
        cache.get(name, quantisation)
    assert [cache.read(name) is not None for name in names] == [True, False, False, True, True]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        found = QuantisationCache(tmp_path / "file").get(SHA, quantisation)
    assert found.deviation == DEVIATION
    assert "not kept" in caplog.text


def test_a_digest_cannot_lead_out_of_the_folder(tmp_path):
    with pytest.raises(ValueError, match="digest"):
        QuantisationCache(tmp_path).read("../" + "a" * 61)


def count_and_find(folder: Path, started: multiprocessing.synchronize.Event) -> None:
    def find() -> Quantisation:
        with (folder / "calls").open("a") as file:
            file.write("called\n")
        started.wait(10)
        return quantisation()

    QuantisationCache(folder / "cache").get(SHA, find)


def test_two_processes_at_once_find_it_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    go = context.Event()
    processes = [context.Process(target=count_and_find, args=(tmp_path, go)) for _ in range(2)]
    for process in processes:
        process.start()
    go.set()
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert (tmp_path / "calls").read_text() == "called\n"
    assert [path.suffix for path in (tmp_path / "cache").iterdir() if not path.name.startswith(".lock")] == [".json"]


def test_whoever_waits_can_be_stopped(tmp_path):
    inside, leave = threading.Event(), threading.Event()

    def find() -> Quantisation:
        inside.set()
        leave.wait(10)
        return quantisation()

    holder = threading.Thread(target=lambda: QuantisationCache(tmp_path).get(SHA, find))
    holder.start()
    inside.wait(10)

    def stop(_share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        QuantisationCache(tmp_path).get(SHA, never, stop)
    leave.set()
    holder.join(10)
    assert QuantisationCache(tmp_path).get(SHA, never).deviation == DEVIATION


def test_a_failure_while_finding_leaves_the_way_free(tmp_path):
    def fail() -> Quantisation:
        raise Cancelled

    with pytest.raises(Cancelled):
        QuantisationCache(tmp_path).get(SHA, fail)
    assert QuantisationCache(tmp_path).get(SHA, quantisation).deviation == DEVIATION


def test_reading_a_record_needs_neither_torch_nor_openvino():
    code = "import sys, mlcore.engines.disk_cache; print({'torch', 'openvino'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

"""``bin/serve.py``, which ``make run`` ends in: names the address when it serves, minds the port, leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from nstsite.env import PROJECT_DIR

PATIENCE = 200
"""Seconds for a start on a busy machine; alone it takes a few."""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path, port: int) -> dict[str, str]:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("EASEL_")}
    return outer | {"EASEL_DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": "", "HOST": "", "PORT": str(port)}


@pytest.fixture
def with_engines_measured(installation: Path, environment: dict[str, str]) -> None:
    """Leave everything of a first start to be done but the longest part, which an installation has done already."""
    shutil.copytree(installation / "engine-cache", Path(environment["EASEL_DATA_DIR"], "engine-cache"))


@pytest.fixture
def installed_before(installation: Path, environment: dict[str, str]) -> None:
    """Make it a second start."""
    shutil.copytree(installation, environment["EASEL_DATA_DIR"])


@pytest.fixture
def launcher(environment: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with (tmp_path / "output").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "bin/serve.py"],
            cwd=PROJECT_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    yield process
    for pid in processes_of(environment):
        os.kill(pid, signal.SIGKILL)
    process.wait()


def processes_of(environment: dict[str, str]) -> list[int]:
    """Return the living processes of this installation: all inherit the variable that names its folder."""
    mark = f"EASEL_DATA_DIR={environment['EASEL_DATA_DIR']}\0".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:  # it ended meanwhile
            continue
    return found


def wait_for_output(launcher: subprocess.Popen[str], output: Path, wanted: str) -> None:
    end = time.monotonic() + PATIENCE
    while wanted not in output.read_text():
        assert launcher.poll() is None, output.read_text()
        assert time.monotonic() < end, output.read_text()
        time.sleep(0.1)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGHUP], ids=lambda stop: stop.name)
def test_serves_says_so_and_leaves_nothing_behind(
    stop: signal.Signals,
    installed_before: None,
    launcher: subprocess.Popen[str],
    environment: dict[str, str],
    port: int,
    tmp_path: Path,
) -> None:
    serve_and_stop(stop, launcher, environment, port, tmp_path / "output")


def test_a_first_start_too(
    with_engines_measured: None,
    launcher: subprocess.Popen[str],
    environment: dict[str, str],
    port: int,
    tmp_path: Path,
) -> None:
    serve_and_stop(signal.SIGINT, launcher, environment, port, tmp_path / "output")


def serve_and_stop(
    stop: signal.Signals, launcher: subprocess.Popen[str], environment: dict[str, str], port: int, output: Path
) -> None:
    address = f"http://127.0.0.1:{port}"
    wait_for_output(launcher, output, f"Easel is serving on {address}.")
    with urllib.request.urlopen(f"{address}/") as page:
        assert page.status == 200
    # Launcher with honcho's two readers, gunicorn with two workers, qcluster with four: more than the launcher alone.
    assert len(processes_of(environment)) > 5

    second = subprocess.run(
        [sys.executable, "bin/serve.py"],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.startswith(f"error: Port {port} on 127.0.0.1 is in use.")
    assert len(second.stderr.splitlines()) == 1

    os.killpg(launcher.pid, stop)  # the whole foreground group gets it, as from a terminal
    assert launcher.wait(timeout=PATIENCE) == 0
    assert processes_of(environment) == []


def test_a_stop_during_the_preparation_is_quiet(
    launcher: subprocess.Popen[str], environment: dict[str, str], tmp_path: Path
) -> None:
    end = time.monotonic() + PATIENCE
    while not Path(environment["EASEL_DATA_DIR"], "easel.sqlite3").exists():
        assert launcher.poll() is None, (tmp_path / "output").read_text()
        assert time.monotonic() < end
        time.sleep(0.01)
    os.killpg(launcher.pid, signal.SIGINT)
    assert launcher.wait(timeout=PATIENCE) == 0
    assert (tmp_path / "output").read_text() == ""
    assert processes_of(environment) == []


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PORT": "eighty"}, "error: PORT=eighty is not a port number"),
        ({"PORT": "70000"}, "error: PORT=70000 is not a port number"),
        ({"HOST": "192.0.2.1"}, "error: HOST=192.0.2.1 is not an address Easel can serve on"),
    ],
)
def test_an_unusable_address_is_one_line_before_anything_starts(
    variables: dict[str, str], said: str, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "bin/address.py"], cwd=PROJECT_DIR, env=environment | variables, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1
    assert not Path(environment["EASEL_DATA_DIR"]).exists()


def test_a_wrong_setting_stops_the_start_with_its_reason(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "bin/serve.py"],
        cwd=PROJECT_DIR,
        env=environment | {"EASEL_WORKERS": "many"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "EASEL_WORKERS='many' cannot be used" in done.stderr
    assert "Traceback" not in done.stderr

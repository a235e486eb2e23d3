"""What decides how fast an engine is here: the processor, the libraries, a GPU. Needs no torch."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mlcore.version import easel_version

_LIBRARIES = ("numpy", "onnxruntime", "openvino", "torch")


def machine_digest(threads: int | None) -> str:
    """Return a hexadecimal digest that changes when timings taken before may no longer hold."""
    facts = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "easel": easel_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def may_have_gpu() -> bool:
    """Return whether it is worth loading torch to ask for a GPU: ``False`` only where there surely is none."""
    if not sys.platform.startswith("linux"):
        return True
    devices = Path("/dev")
    return any((devices / name).exists() for name in ("nvidiactl", "nvidia0", "dxg", "kfd"))


def _processor() -> str:
    """Return name and instruction sets; virtual machines often hide which processor it is but not what it can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "flags", "Features", "CPU part")
    found = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines if line}
    return " ".join(found[name] for name in wanted if name in found)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""

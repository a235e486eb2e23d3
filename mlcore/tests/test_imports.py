from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "mlcore").rglob("*.py")
    if "tests" not in path.parts and path.name != "__main__.py"
)


def loaded_after_importing(*names: str) -> set[str]:
    code = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_no_module_of_mlcore_loads_django():
    loaded = loaded_after_importing(*MODULES)
    assert {"mlcore.training", "mlcore.commands.verify", "torch"} <= loaded
    assert not {name for name in loaded if name.split(".")[0] in ("django", "stylizer", "gallery", "nstsite")}


@pytest.mark.parametrize(
    "names", [("mlcore.image_io", "mlcore.errors"), ("mlcore.painting_file", "mlcore.photo_file"), ("mlcore.cli",)]
)
def test_what_the_web_imports_loads_no_torch(names):
    loaded = loaded_after_importing(*names)
    assert set(names) <= loaded
    assert not {"torch", "torchvision"} & loaded

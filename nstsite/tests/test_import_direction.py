"""nstsite → accounts → gallery → stylizer → mlcore: each layer may import those to its right, never one to its left.

That mlcore loads no Django either is tested in mlcore/tests/test_imports.py.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]
LAYERS = ("mlcore", "stylizer", "gallery", "accounts", "nstsite")  # lowest first
# Named in Django's own registries as text ("gallery.Artwork", "gallery.views"), a module is a dependency as well.
TEXT_IS_AN_IMPORT_OF = {
    "import_module",
    "__import__",
    "import_string",
    "get_model",
    "locate",
    "ForeignKey",
    "OneToOneField",
}


def source_files(package: str) -> list[Path]:
    return [path for path in sorted((PROJECT_DIR / package).rglob("*.py")) if "tests" not in path.parts]


def imported_names(source: str, module: str) -> Iterator[tuple[int, str]]:
    """Yield line and absolute dotted name of every import of ``module``, those inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")[: -node.level] if node.level else []
            for alias in node.names:
                yield node.lineno, ".".join([*parents, *([node.module] if node.module else []), alias.name])
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in TEXT_IS_AN_IMPORT_OF:
                for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield node.lineno, argument.value


def upward_imports(source: str, module: str) -> list[str]:
    layer = LAYERS.index(module.split(".")[0])
    return [
        f"{module}:{line} imports {name}"
        for line, name in imported_names(source, module)
        if name.split(".")[0] in LAYERS[layer + 1 :]
    ]


@pytest.mark.parametrize("package", LAYERS)
def test_no_file_imports_a_higher_layer(package: str) -> None:
    files = source_files(package)
    assert files, f"{package} has no source files where this test looks"
    found = []
    for path in files:
        # __init__ is kept in the name, so that relative imports resolve as in any other module of the package.
        module = ".".join(path.relative_to(PROJECT_DIR).with_suffix("").parts)
        found += upward_imports(path.read_text(), module)
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import gallery",
        "import gallery.models as m",
        "from gallery.models import Artwork",
        "def f():\n    from gallery import models",
        "from .. import gallery",
        "importlib.import_module('gallery.models')",
        "apps.get_model('gallery', 'Artwork')",
        "models.ForeignKey(to='gallery.Artwork')",
        "from nstsite.settings import ENV",
    ],
)
def test_an_upward_import_is_recognised(source: str) -> None:
    assert upward_imports(source, "stylizer.views")


def test_downward_imports_are_fine() -> None:
    source = "from stylizer.models import Style\nfrom . import forms\nimport mlcore.image_io\nimport gallery_of_others"
    assert upward_imports(source, "gallery.views") == []

"""The recipes of docs/api.md work, one after the other in one shell, against a server with a worker."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from nstsite.tests.api_matrix import API_GUIDE
from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import PASSWORD

RECIPES = re.findall(r"^```sh\n(.*?)^```$", API_GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
# What one recipe finds out the next may use; every one stops at its first command that fails.
WITH_VARIABLES = (
    "set -euo pipefail\nif [ -e variables ]; then . ./variables; fi\nset -a\n{recipe}\nexport -p > variables\n"
)


@pytest.fixture(scope="module")
def folder(new_site: Callable[..., LiveSite], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a photo, where all recipes were run."""
    site = new_site()
    site.start_web()
    site.start_worker()
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "harbour.jpg").write_bytes(photo(800, 600))
    environment = site.environment | {"EASEL": site.url, "USERNAME": "alice", "PASSWORD": PASSWORD}
    # Not through the machine's proxy, which is none of this site's business.
    environment |= {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    for number, recipe in enumerate(RECIPES, 1):
        run = subprocess.run(
            ["bash", "-c", WITH_VARIABLES.format(recipe=recipe)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=250,
        )
        assert run.returncode == 0, f"recipe {number} of docs/api.md:\n{recipe}\n{run.stdout}\n{run.stderr}"
    return folder


def test_there_are_recipes_and_all_of_them_work(folder: Path) -> None:
    assert len(RECIPES) >= 9
    written = set(re.findall(r"-o (\S+\.\w+)", "".join(RECIPES)))
    assert {name for name in written if not (folder / name).stat().st_size} == set()


@pytest.mark.parametrize(
    ("name", "size"), [("stylized.jpg", (512, 384)), ("painted.jpg", (640, 480)), ("work.jpg", (640, 480))]
)
def test_the_pictures_are_what_was_asked_for(folder: Path, name: str, size: tuple[int, int]) -> None:
    with Image.open(folder / name) as painting:
        painting.load()
        assert (painting.format, painting.size) == ("JPEG", size)


def test_a_part_is_a_part(folder: Path) -> None:
    part = (folder / "beginning.part").read_bytes()
    assert len(part) == 1024
    assert (folder / "painted.jpg").read_bytes().startswith(part)

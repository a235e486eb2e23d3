"""Web and worker on two hosts that share a database and a bucket, and no folder."""

from __future__ import annotations

import io
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nstsite.tests.conftest import MAKE_USERS
from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import OPENER, LiveSite
from nstsite.tests.live.program import Program
from nstsite.tests.live.store import Store
from nstsite.tests.live.waiting import wait_for

SECRET_KEY = "of both hosts, and of nobody else"


@pytest.fixture
def hosts(
    new_site: Callable[..., LiveSite], installation: Path, postgresql: str, store: Store, tmp_path: Path
) -> Iterator[tuple[LiveSite, LiveSite]]:
    """A host that serves pages and one that paints, each with a data folder of its own."""
    shared = {"DATABASE_URL": postgresql, "STORAGE_URL": store.address, "EASEL_SECRET_KEY": SECRET_KEY}
    web, worker = new_site(**shared), new_site(**shared)
    for site in (web, worker):
        for path in ("easel.sqlite3", "media", "secret_key.txt"):
            shutil.rmtree(site.data_dir / path, ignore_errors=True)
            (site.data_dir / path).unlink(missing_ok=True)
    web.run("bin/prepare.py", "--unmeasured")
    web.run("manage.py", "shell", "--no-imports", "-c", MAKE_USERS)
    yield web, worker
    for site in (web, worker):
        site.stop()
        assert not (site.data_dir / "media").exists(), "something was stored in a folder"


@pytest.mark.timeout(900)
def test_a_photo_goes_from_one_to_the_other_and_is_gone_when_it_is_deleted(
    hosts: tuple[LiveSite, LiveSite], program: Callable[..., Program], store: Store, tmp_path: Path
) -> None:
    web, worker = hosts
    web.start_web()
    worker.start_worker()
    catalog = store.names()
    assert catalog
    assert {name.partition("/")[0] for name in catalog} == {"styles"}
    alice, charlie = program(web, "alice"), program(web, "charlie")
    job = alice.submit(photo(160, 120), 96)
    done = wait_for("the painting", lambda: (found := alice.job(job["id"]))["status"] == "succeeded" and found)
    with Image.open(io.BytesIO(alice.get(done["result_url"]))) as painting:
        assert painting.size == (96, 72)
        painting.load()
    worker.start_web()
    elsewhere = alice.at(worker.url)
    assert elsewhere.job(job["id"])["finished_at"] == done["finished_at"]
    path = done["result_url"].removeprefix(web.url)
    assert elsewhere.get(path) == alice.get(path), "any web server answers any request"
    assert (worker.data_dir / "engine-cache" / "checkpoints").is_dir()
    assert not (web.data_dir / "engine-cache" / "checkpoints").exists()
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        charlie.get(done["result_url"])
    refused.value.close()

    artwork = call(alice, web, "POST", "/api/v1/artworks/", {"stylization": job["id"]})
    assert len(alice.get(f"/api/v1/artworks/{artwork['id']}/image/")) > 0
    of_photo = store.names() - catalog
    assert len(of_photo) == 2 + 3 + 2, "the upload and a small copy; master, result, thumbnail; the work and its own"

    backup = tmp_path / "easel.tar"
    web.run("manage.py", "backup", str(backup))
    restored = LiveSite(tmp_path / "restored", STORAGE_URL=store.address.replace("?", "/restored?"))
    restored.run("bin/prepare.py", "--unmeasured")
    restored.run("manage.py", "restore", str(backup))
    assert {f"restored/{name}" for name in of_photo} <= store.names()

    call(alice, web, "POST", f"/api/v1/artworks/{artwork['id']}/trash/")
    call(alice, web, "DELETE", f"/api/v1/artworks/{artwork['id']}/")
    call(alice, web, "DELETE", f"/api/v1/stylizations/{job['id']}/")
    wait_for("nothing left of the photo", lambda: not store.names() & of_photo)
    assert {name for name in store.names() if not name.startswith("restored/")} == catalog


def call(program: Program, site: LiveSite, method: str, path: str, fields: object = None) -> dict[str, Any]:
    headers = program.headers | {"Content-Type": "application/json"}
    body = json.dumps(fields).encode() if fields else None
    request = urllib.request.Request(site.url + path, body, headers, method=method)
    with OPENER.open(request, timeout=120) as answer:
        return dict(json.loads(answer.read() or b"{}"))

"""All that is done with files is done with a bucket as well: a real S3-compatible server in place of the folder."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import Settings

from accounts.deletion import delete_account
from accounts.models.file_removal import remove_due_files
from gallery.models import Artwork
from gallery.saving import save_artwork
from mlcore.errors import CheckpointError
from nstsite.health import forget_answer
from nstsite.storage_url import read_storage_url
from nstsite.tests.live.live_site import OPENER
from nstsite.tests.live.store import BUCKET, Store
from nstsite.tests.live.waiting import wait_for
from stylizer.disk_use import measure_disk
from stylizer.finishing import chosen_finishing, keep_finishing
from stylizer.local_copy import local_copy
from stylizer.models import Stylization
from stylizer.orphans import remove_orphans
from stylizer.quota import bytes_used
from stylizer.run_job import run_job
from stylizer.tests import pictures

pytestmark = pytest.mark.django_db
FOLDER = "easel"


@pytest.fixture(autouse=True)
def bucket(store: Store, settings: Settings, media: Path) -> Iterator[Store]:
    """The store in place of the media folder, in which nothing may appear."""
    store.empty()
    address = store.address.replace("?", f"/{FOLDER}?")
    options = read_storage_url(address).options()
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "stylizer.bucket_storage.BucketStorage", "OPTIONS": options}
    }
    yield store
    assert list(media.rglob("*")) == [], "something went to the disk"
    default_storage.connection.meta.client.close()


def names(store: Store) -> set[str]:
    assert all(name.startswith(f"{FOLDER}/") for name in store.names())
    return {name.removeprefix(f"{FOLDER}/") for name in store.names()}


def ask(address: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Ask the store as a stranger does."""
    try:
        with OPENER.open(urllib.request.Request(address, headers=headers), timeout=120) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b"", dict(error.headers)


def test_a_painting_from_upload_to_deletion(
    alice: User, as_alice: Client, as_charlie: Client, anyone: Client, alices_job: Stylization, bucket: Store
) -> None:
    files = {str(file.name) for file in (alices_job.photo.file, alices_job.photo.before, *alices_job.result_files)}
    assert len(files) == 5
    assert files <= names(bucket)
    for kind in ("result", "thumbnail"):
        address = f"/stylizations/{alices_job.pk}/files/{kind}/"
        answer = as_alice.get(address)
        with default_storage.open(getattr(alices_job, kind).name) as stored:
            content = stored.read()
        assert (answer.status_code, answer.getvalue()) == (200, content)
        assert answer.headers["Content-Length"] == str(len(content))
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert as_charlie.get(address).status_code == 404
        assert anyone.get(address).status_code in (302, 404)
    keep_finishing(alices_job, chosen_finishing(alices_job, {"strength": "0.4"}))
    artwork = save_artwork(alices_job)
    assert str(artwork.image.name) in names(bucket)
    assert bytes_used(alice) > 0

    delete_account(alice)
    remove_due_files()
    assert {name.partition("/")[0] for name in names(bucket)} <= {"styles"}


def test_parts_and_etags(alices_program: Client, alices_job: Stylization) -> None:
    address = f"/api/v1/stylizations/{alices_job.pk}/result/"
    whole = alices_program.get(address)
    content = whole.getvalue()
    part = alices_program.get(address, headers={"Range": "bytes=5-24"})
    assert (part.status_code, part.getvalue()) == (206, content[5:25])
    assert part.headers["Content-Range"] == f"bytes 5-24/{len(content)}"
    assert alices_program.get(address, headers={"Range": "bytes=-7"}).getvalue() == content[-7:]
    assert alices_program.get(address, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    assert alices_program.get(address, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    default_storage.delete(alices_job.result.name)
    assert alices_program.get(address).status_code == 404


def test_archives(as_alice: Client, alices_artwork: Artwork, alices_job: Stylization) -> None:
    with alices_artwork.image.open("rb") as file:
        content = file.read()
    chosen = as_alice.post("/gallery/mine/selected/", {"verb": "download", "artworks": [alices_artwork.pk]})
    assert chosen.status_code == 200, chosen
    with zipfile.ZipFile(io.BytesIO(chosen.getvalue())) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [content]
    exported = as_alice.post("/account/data/export/")
    with zipfile.ZipFile(io.BytesIO(exported.getvalue())) as archive:
        listed = json.loads(archive.read("manifest.json"))["files"]
        assert archive.testzip() is None
        assert {file["path"] for file in listed} | {"manifest.json"} == set(archive.namelist())
        assert len(listed) >= 7


def test_a_worker_paints_with_a_checkpoint_that_it_fetches(
    alice: User, noise, queue_photo: Callable[..., Stylization], style_file: bytes, settings: Settings
) -> None:
    from stylizer import engine_cache, job_lifecycle

    settings.EASEL_LEASE_SECONDS = 3600
    engine_cache._open.cache_clear()
    queue_photo(alice, style=noise)
    job = job_lifecycle.claim("worker")
    assert job is not None
    assert run_job(job)
    fetched = local_copy(noise.checkpoint, noise.checkpoint_sha256)
    assert fetched.parent == settings.EASEL_ENGINE_CACHE / "checkpoints"
    assert fetched.read_bytes() == style_file


def test_a_checkpoint_that_is_not_what_was_stored_is_not_used(noise, settings: Settings, tmp_path: Path) -> None:
    settings.EASEL_ENGINE_CACHE = tmp_path
    with pytest.raises(CheckpointError, match="checksum"):
        local_copy(noise.checkpoint, "0" * 64)
    default_storage.delete(noise.checkpoint.name)
    with pytest.raises(CheckpointError, match="not in the storage"):
        local_copy(noise.checkpoint, noise.checkpoint_sha256)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_upkeep_sees_the_bucket(alices_job: Stylization, bucket: Store) -> None:
    before = names(bucket)
    default_storage.save("stylizations/aa/left/by-nobody.jpg", ContentFile(b"left"))
    assert remove_orphans() == [], "it is young"
    assert [orphan.name for orphan in remove_orphans(older_than=-timedelta(minutes=1))] == [
        "stylizations/aa/left/by-nobody.jpg"
    ]
    assert names(bucket) == before
    kinds = dict(measure_disk().kinds)
    assert kinds["Photos"] == alices_job.photo.file.size + alices_job.photo.before.size
    assert kinds["Paintings in the history"] == sum(file.size for file in alices_job.result_files)


def test_readyz_writes_to_the_bucket(anyone: Client, bucket: Store, settings: Settings) -> None:
    forget_answer()
    assert anyone.get("/readyz").json()["checks"]["storage"] == "ok"
    assert names(bucket) == set()
    bucket.client.create_bucket(Bucket="other-pictures")
    try:
        settings.STORAGES["default"]["OPTIONS"]["secret_key"] = "wrong"
        settings.STORAGES = dict(settings.STORAGES)
        forget_answer()
        assert anyone.get("/readyz").json()["checks"]["storage"] == "failed"
    finally:
        forget_answer()
        bucket.client.delete_bucket(Bucket="other-pictures")


def test_nobody_reads_the_bucket_without_a_key(alices_job: Stylization, bucket: Store) -> None:
    address = f"http://127.0.0.1:{bucket.port}/{BUCKET}/{FOLDER}/{alices_job.result.name}"
    status, content, _ = ask(address)
    assert (status >= 400, content) == (True, b"")


def test_browsers_are_sent_to_the_store_for_a_while(
    as_alice: Client, as_charlie: Client, alices_program: Client, alices_job: Stylization, settings: Settings
) -> None:
    settings.EASEL_PRESIGNED_SECONDS = 600
    with alices_job.result.open("rb") as file:
        content = file.read()
    address = f"/stylizations/{alices_job.pk}/files/result/?download"
    answer = as_alice.get(address)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    presigned = answer.headers["Location"]
    status, body, headers = ask(presigned)
    assert (status, body) == (200, content)
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert headers["Cache-Control"] == "private, max-age=600"
    status, part, _ = ask(presigned, Range="bytes=2-5")
    assert (status, part) == (206, content[2:6])
    forged = presigned.replace(alices_job.result.name, alices_job.master.name)
    assert forged != presigned
    assert ask(forged)[0] == 403, "it is good for one file"
    # Whoever may not see it is not sent anywhere.
    assert as_charlie.get(address).status_code == 404
    of_program = alices_program.get(f"/api/v1/stylizations/{alices_job.pk}/result/")
    assert of_program.status_code == 302
    assert of_program.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in of_program.headers
    settings.EASEL_PRESIGNED_SECONDS = 1
    presigned = as_alice.get(address).headers["Location"]
    wait_for("the end of the address", lambda: ask(presigned)[0] == 403)


def test_an_upload_is_refused_as_before(as_alice: Client, bucket: Store) -> None:
    answer = as_alice.post("/photos/", {"photo": ContentFile(b"<svg/>", name="a.svg")})
    assert answer.status_code >= 400
    assert names(bucket) == set()
    assert as_alice.post("/photos/", {"photo": ContentFile(pictures.jpeg(), name="a.jpg")}).status_code < 400
    assert {name.partition("/")[0] for name in names(bucket)} == {"photos"}

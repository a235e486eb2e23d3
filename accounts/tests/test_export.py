"""Everything somebody owns, in one file, and nothing else."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from accounts.export import export_zip
from accounts.models import ApiToken
from gallery.models import Artwork, UnlistedLink
from stylizer.models import Stylization
from stylizer.tests import pictures

EXPORT = "/account/data/export/"


def exported(client: Client) -> zipfile.ZipFile:
    response = client.post(EXPORT)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(response.getvalue()))


def manifest_of(archive: zipfile.ZipFile) -> dict:
    return json.loads(archive.read("manifest.json"))


@pytest.fixture
def furnished(alice: User, charlie: User, furnish, star) -> tuple[Artwork, Artwork]:
    """Alice's and Charlie's works, each starred by the other."""
    hers, his = furnish(alice), furnish(charlie)
    star(alice, his)
    star(charlie, hers)
    return hers, his


def test_every_file_is_there_as_the_manifest_says(furnished, as_alice: Client, alice: User) -> None:
    archive = exported(as_alice)
    assert archive.testzip() is None
    files = manifest_of(archive)["files"]
    assert {file["path"] for file in files} == set(archive.namelist()) - {"manifest.json"}
    for file in files:
        content = archive.read(file["path"])
        assert len(content) == file["bytes"] > 0
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    kinds = sorted((file["of"], file["field"]) for file in files)
    assert kinds == sorted(
        [
            *[("stylizer.photo", "file"), ("stylizer.photo", "before")] * 2,
            *[("stylizer.stylization", name) for name in ("master", "result", "thumbnail")],
            *[("gallery.artwork", name) for name in ("image", "thumbnail", "large_thumbnail")],
        ]
    )


def test_all_of_hers_is_there_and_nothing_of_his(furnished, as_alice: Client, alice: User, charlie: User) -> None:
    archive = exported(as_alice)
    _, his = furnished
    stored = {
        name
        for model, fields in ((Stylization, ("result",)), (Artwork, ("image", "thumbnail")))
        for row in model.objects.filter(owner=alice).values_list(*fields)
        for name in row
        if name
    }
    contents = {hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    for name in stored:
        assert hashlib.sha256((Path(settings.MEDIA_ROOT) / name).read_bytes()).hexdigest() in contents
    text = archive.read("manifest.json").decode()
    assert str(his.pk) in text, "which work she starred"
    text = text.replace(str(his.pk), "")
    for foreign in ("charlie", "Picture of charlie", "laptop of charlie", "said by charlie", str(his.stylization_id)):
        assert foreign not in text
        assert not [name for name in archive.namelist() if foreign in name]


def test_the_manifest_says_what_there_is(furnished, as_alice: Client) -> None:
    manifest = manifest_of(exported(as_alice))
    assert manifest["format_version"] == 1
    assert (manifest["account"]["username"], manifest["account"]["email"]) == ("alice", "alice@example.org")
    records = manifest["records"]
    assert [work["title"] for work in records["gallery.artwork"]] == ["Picture of alice"]
    assert [work["style"]["name"] for work in records["gallery.artwork"]] == ["Waves (Nobody)"]
    assert [album["name"] for album in records["gallery.album"]] == ["Best"]
    assert records["gallery.albumentry"][0]["artwork"] == records["gallery.artwork"][0]["id"]
    assert [star["artwork"] for star in records["gallery.star"]] == [str(furnished[1].pk)]
    assert [report["text"] for report in records["gallery.report"]] == ["said by alice"]
    assert [token["name"] for token in records["accounts.apitoken"]] == ["laptop of alice"]
    assert {job["status"] for job in records["stylizer.stylization"]} == {"queued", "succeeded"}
    assert [hook["target_url"] for hook in records["stylizer.webhook"]] == ["https://93.184.216.34/alice"]
    assert [sent["body"] for sent in records["stylizer.webhookdelivery"]] == ['{"of":"alice"}']
    assert len(records["stylizer.photo"]) == 2


def test_nothing_secret_is_in_it(furnished, as_alice: Client, alice: User) -> None:
    as_alice.get("/account/sessions/")
    token = ApiToken.objects.get(user=alice)
    link = UnlistedLink.objects.get(artwork__owner=alice)
    hook = alice.webhooks.get()
    secrets = [
        alice.password,
        token.digest,
        hook.sealed_secret,
        hook.signing_secret,
        token.token_key,
        link.token,
        as_alice.session.session_key,
    ]
    archive = exported(as_alice)
    for name in archive.namelist():
        content = archive.read(name).decode("latin-1")
        for secret in secrets:
            assert secret not in content


def test_a_photo_is_named_by_its_content(alice: User, as_alice: Client, queue_photo) -> None:
    photo = queue_photo(alice, pictures.encoded(pictures.photo(64, 48), "PNG")).photo
    assert f"photos/{photo.pk}/file.png" in exported(as_alice).namelist()


def test_a_file_that_is_gone_is_told(alices_job: Stylization, as_alice: Client) -> None:
    alices_job.result.storage.delete(alices_job.result.name)
    (file,) = [file for file in manifest_of(exported(as_alice))["files"] if file["field"] == "result"]
    assert file == {
        **{"of": "stylizer.stylization", "id": str(alices_job.pk), "field": "result"},
        **{"path": None, "missing": True},
    }


def test_memory_stays_flat(alice: User, alices_job: Stylization) -> None:
    large = 60_000_000
    os.truncate(alices_job.result.path, large)
    size = 0
    tracemalloc.start()
    try:
        for piece in export_zip(alice):
            size += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > large
    assert peak < 8_000_000


def test_it_changes_nothing(furnished, as_alice: Client, leaves_no_trace) -> None:
    with leaves_no_trace():
        exported(as_alice)


def test_an_account_with_nothing_in_it(as_charlie: Client) -> None:
    archive = exported(as_charlie)
    assert archive.namelist() == ["manifest.json"]
    assert manifest_of(archive)["files"] == []


def test_only_by_post_and_only_signed_in(as_alice: Client, anyone: Client) -> None:
    assert as_alice.get(EXPORT).status_code == 405
    assert anyone.post(EXPORT).status_code == 302


def test_asking_too_often_is_stopped(as_charlie: Client) -> None:
    codes = [as_charlie.post(EXPORT).status_code for _ in range(7)]
    assert codes == [200] * 6 + [429]


def test_the_page_says_what_it_will_hold(furnished, as_alice: Client) -> None:
    page = as_alice.get("/account/data/").content.decode()
    assert "2 photos, 2 paintings in the history, 1 work in the gallery, 1 album, 1 API token;" in page


def test_rows_come_in_pages_without_gaps(make_style: Callable[..., object]) -> None:
    from stylizer.models import Style
    from stylizer.ownership import in_pages

    for number in range(7):
        make_style(f"style-{number}", f"{number}".encode())
    assert [row.pk for row in in_pages(Style.objects.all(), size=3)] == sorted(
        Style.objects.values_list("pk", flat=True)
    )

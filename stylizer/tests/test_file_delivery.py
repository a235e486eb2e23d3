"""Files that nginx sends after a view's check: told where they are, with every header of a file sent by Easel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.test import Client

from stylizer.file_delivery import accel_address, whole_file
from stylizer.models import Style, Stylization

LOCATION = "/protected/"


@pytest.fixture
def behind_nginx(settings) -> None:
    settings.EASEL_ACCEL_LOCATION = LOCATION


def sent_by_both(client: Client, address: str, settings, method: str = "GET") -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers of a file that Easel sends, and those of the same that nginx is to send."""
    settings.EASEL_ACCEL_LOCATION = ""
    plain = client.generic(method, address)
    assert plain.status_code == 200
    plain.getvalue()
    settings.EASEL_ACCEL_LOCATION = LOCATION
    handed_over = client.generic(method, address)
    assert (handed_over.status_code, handed_over.content) == (200, b"")
    different = {"X-Request-ID", "Content-Length", "RateLimit-Remaining", "RateLimit-Reset"}
    return tuple(
        {name: value for name, value in response.headers.items() if name not in different}
        for response in (plain, handed_over)
    )


@pytest.mark.parametrize("kind", ["before", "result", "thumbnail", "result/?download=1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_has_nginx_send_it(as_alice: Client, alices_job: Stylization, settings, kind: str, method: str) -> None:
    address = f"/stylizations/{alices_job.pk}/files/{kind.removesuffix('/')}/".replace("?download=1/", "?download=1")
    plain, handed_over = sent_by_both(as_alice, address, settings, method)
    where = handed_over.pop("X-Accel-Redirect")
    assert (Path(settings.MEDIA_ROOT) / unquote(where.removeprefix(LOCATION))).is_file()
    assert handed_over == plain


@pytest.mark.parametrize("address", ["result/", "thumbnail/"])
def test_so_does_the_api(alices_program: Client, alices_job: Stylization, settings, address: str) -> None:
    plain, handed_over = sent_by_both(alices_program, f"/api/v1/stylizations/{alices_job.pk}/{address}", settings)
    assert handed_over.pop("X-Accel-Redirect").startswith(f"{LOCATION}stylizations/")
    assert handed_over == plain
    assert handed_over["ETag"]
    known = alices_program.get(f"/api/v1/stylizations/{alices_job.pk}/{address}", headers={"If-None-Match": "*"})
    assert (known.status_code, known.headers.get("X-Accel-Redirect")) == (304, None)


def test_a_part_is_sent_by_easel(behind_nginx: None, alices_program: Client, alices_job: Stylization) -> None:
    address = f"/api/v1/stylizations/{alices_job.pk}/result/"
    response = alices_program.get(address, headers={"Range": "bytes=0-9"})
    assert (response.status_code, len(response.getvalue())) == (206, 10)
    assert "X-Accel-Redirect" not in response.headers


def test_nothing_is_told_to_whoever_may_not_see_it(
    behind_nginx: None, anyone: Client, as_charlie: Client, alices_job: Stylization, charlie: User, program: Callable
) -> None:
    page, api = f"/stylizations/{alices_job.pk}/files/result/", f"/api/v1/stylizations/{alices_job.pk}/result/"
    answers = [anyone.get(page), as_charlie.get(page), anyone.get(api), program(charlie).get(api)]
    assert [answer.status_code for answer in answers] == [302, 404, 401, 404]
    assert not any("X-Accel-Redirect" in answer.headers for answer in answers)


def test_a_file_that_is_gone_is_not_found(
    behind_nginx: None, as_alice: Client, alices_program: Client, alices_job: Stylization
) -> None:
    default_storage.delete(alices_job.result.name)
    assert as_alice.get(f"/stylizations/{alices_job.pk}/files/result/").status_code == 404
    assert alices_program.get(f"/api/v1/stylizations/{alices_job.pk}/result/").status_code == 404


@pytest.mark.parametrize("name", ["a b.jpg", "50%.jpg", "%2e%2e.jpg", "what?.jpg", "a#b.jpg", "Zoë ☕.jpg", "a\nb.jpg"])
def test_any_name_is_escaped(behind_nginx: None, style: Style, name: str) -> None:
    path = default_storage.path(f"odd/{name}")
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_bytes(b"x")
    style.preview.name = f"odd/{name}"
    address = accel_address(style.preview)
    assert unquote(address) == f"{LOCATION}odd/{name}"
    assert address.isascii()
    assert not set(address) & set(" ?#\n")
    assert whole_file(style.preview, content_type="image/jpeg").headers["X-Accel-Redirect"] == address


@pytest.mark.parametrize("name", ["../secret_key.txt", "a/../../easel.sqlite3", "/etc/passwd"])
def test_a_name_that_leads_out_is_refused(behind_nginx: None, style: Style, name: str) -> None:
    style.preview.name = name
    with pytest.raises(SuspiciousFileOperation):
        whole_file(style.preview, content_type="image/jpeg")


def test_what_is_on_no_local_disk_is_sent_by_easel(behind_nginx: None, style: Style) -> None:
    storage = InMemoryStorage()
    style.preview.storage, style.preview.name = storage, storage.save("far.jpg", ContentFile(b"far away"))
    assert accel_address(style.preview) == ""
    assert whole_file(style.preview, content_type="image/jpeg").getvalue() == b"far away"

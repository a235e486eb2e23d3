"""What a program has already is not sent again, and files come in parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stylizer import job_lifecycle
from stylizer.models import Style, Stylization

JOBS = "/api/v1/stylizations/"


@pytest.mark.parametrize("address", [JOBS, f"{JOBS}{{}}/", "/api/v1/styles/", "/api/v1/styles/waves/"])
def test_json_that_is_known_is_not_sent_again(alices_program: Client, alices_job: Stylization, address: str) -> None:
    address = address.format(alices_job.pk)
    response = alices_program.get(address)
    etag = response.headers["ETag"]
    assert etag.startswith('W/"')
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response.headers["Vary"]
    for known in (etag, f'"other", {etag}', "*", etag.removeprefix("W/")):
        again = alices_program.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    other = alices_program.get(address, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, response.content)


def test_json_that_has_changed_is_sent(alices_program: Client, alice: User, queue_photo) -> None:
    address = f"{JOBS}{queue_photo(alice).pk}/"
    etag = alices_program.get(address).headers["ETag"]
    job_lifecycle.claim("worker")
    response = alices_program.get(address, headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert response.headers["ETag"] != etag


def test_an_etag_opens_no_door(
    alices_program: Client, charlie: User, program: Callable[[User], Client], anyone: Client, alices_job: Stylization
) -> None:
    for address in (f"{JOBS}{alices_job.pk}/", f"{JOBS}{alices_job.pk}/result/"):
        response = alices_program.get(address)
        headers = {"If-None-Match": response.headers["ETag"]}
        assert alices_program.get(address, headers=headers).status_code == 304
        assert program(charlie).get(address, headers=headers).status_code == 404
        assert anyone.get(address, headers=headers).status_code == 401
        assert b"".join(response)


def test_errors_and_creations_have_no_etag(alices_program: Client, style: Style) -> None:
    assert "ETag" not in alices_program.get(f"{JOBS}none/").headers
    assert "ETag" not in alices_program.post(JOBS, {"style": "waves"}).headers


@pytest.fixture
def result(alices_program: Client, alices_job: Stylization) -> Callable[..., object]:
    def get(method: str = "GET", **headers: str) -> object:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return alices_program.generic(method, f"{JOBS}{alices_job.pk}/result/", headers=named)

    return get


def test_a_picture_that_is_known_is_not_sent_again(result) -> None:
    response = result()
    content, etag = response.getvalue(), response.headers["ETag"]
    assert etag.startswith('"')
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Length"] == str(len(content))
    assert result(If_None_Match=etag).status_code == 304
    assert result(If_None_Match=etag, Range="bytes=0-9").status_code == 304
    assert result(If_None_Match='"other"').getvalue() == content


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=10-", 10, None),
        ("bytes=-7", -7, None),
        ("bytes=-999999999", 0, None),
        ("bytes=5-999999999", 5, None),
        ("Bytes= 3-4 ", 3, 5),
    ],
)
def test_a_part(result, asked: str, start: int, end: int | None) -> None:
    content = result().getvalue()
    response = result(Range=asked)
    assert response.status_code == 206
    part = response.getvalue()
    assert part == content[start:end]
    assert response.headers["Content-Length"] == str(len(part))
    first = content.index(part) if len(part) > 4 else start
    assert response.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(content)}"


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,3-4", "bytes=5-4", "bytes=-", "bytes=x-1", "items=0-1", "bytes 0-1", "bytes=" + "9" * 40 + "-", ""],
)
def test_what_is_no_range_gives_the_whole(result, asked: str) -> None:
    content = result().getvalue()
    response = result(Range=asked)
    assert (response.status_code, response.getvalue()) == (200, content)


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=999999999-9999999999", "bytes=-0"])
def test_a_range_behind_the_end(result, asked: str) -> None:
    size = len(result().getvalue())
    response = result(Range=asked)
    assert (response.status_code, response.json()["error"]["code"]) == (416, "range_not_satisfiable")
    assert response.headers["Content-Range"] == f"bytes */{size}"


def test_a_part_of_what_it_was(result) -> None:
    response = result()
    content, etag = response.getvalue(), response.headers["ETag"]
    assert result(Range="bytes=0-9", If_Range=etag).getvalue() == content[:10]
    for other in ('"other"', f"W/{etag}", "Wed, 25 Nov 2026 00:00:00 GMT"):
        assert result(Range="bytes=0-9", If_Range=other).getvalue() == content


def test_a_head_has_no_parts(result) -> None:
    size = len(result().getvalue())
    response = result("HEAD", Range="bytes=0-9")
    assert (response.status_code, response.headers["Content-Length"]) == (200, str(size))
    assert response.getvalue() == b""

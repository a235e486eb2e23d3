"""Whatever a program sends, it is answered in one shape, and never with 500."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stylizer.models import Stylization
from stylizer.tests import pictures

JOBS = "/api/v1/stylizations/"
JSON = "application/json"


def assert_error(response, status: int, code: str) -> dict[str, object]:
    assert response.status_code == status
    assert response.headers["Content-Type"] == JSON
    answer = response.json()
    assert answer.keys() == {"error"}
    assert answer["error"].keys() == {"code", "detail", "fields"}
    assert answer["error"]["code"] == code
    assert isinstance(answer["error"]["detail"], str)
    assert answer["error"]["detail"]
    assert isinstance(answer["error"]["fields"], dict)
    return answer["error"]


def test_400_names_the_fields(anyone: Client) -> None:
    error = assert_error(anyone.post("/api/v1/auth/token/", {"username": ""}), 400, "invalid")
    assert error["fields"].keys() == {"username", "password"}
    assert all(isinstance(text, str) for texts in error["fields"].values() for text in texts)


def test_401_says_how_to_sign_in(anyone: Client) -> None:
    response = anyone.get(JOBS)
    assert_error(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == "Token"
    assert_error(anyone.get(JOBS, headers={"authorization": "Token nonsense"}), 401, "authentication_failed")
    assert_error(anyone.get(JOBS, headers={"authorization": "Token"}), 401, "authentication_failed")
    assert_error(anyone.get(JOBS, headers={"authorization": "Token a b"}), 401, "authentication_failed")


def test_403_for_a_browser_without_its_csrf_token(alice: User, style) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert_error(client.post(JOBS, {"style": "waves"}), 403, "permission_denied")


def test_404_tells_no_names_of_ours(alices_program: Client) -> None:
    for address in (f"{JOBS}not-an-id/", f"{JOBS}00000000-0000-4000-8000-000000000000/", "/api/v1/styles/none/"):
        error = assert_error(alices_program.get(address), 404, "not_found")
        assert "Stylization" not in error["detail"]
        assert "Style" not in error["detail"]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_405(alices_program: Client, alices_job: Stylization, method: str) -> None:
    assert_error(getattr(alices_program, method)(f"{JOBS}{alices_job.pk}/"), 405, "method_not_allowed")
    alices_job.refresh_from_db()


def test_405_of_the_others(alices_program: Client, anyone: Client, alices_job: Stylization) -> None:
    assert_error(alices_program.get(f"{JOBS}{alices_job.pk}/cancel/"), 405, "method_not_allowed")
    assert_error(alices_program.post(f"{JOBS}{alices_job.pk}/result/"), 405, "method_not_allowed")
    assert_error(anyone.post("/api/v1/styles/"), 405, "method_not_allowed")
    assert_error(anyone.get("/api/v1/auth/token/"), 405, "method_not_allowed")


@pytest.mark.parametrize("accept", ["image/jpeg", "text/html", "application/xml", "nonsense", "*/*", ""])
def test_answers_are_json_whatever_is_asked_for(anyone: Client, alices_program: Client, accept: str) -> None:
    answers = [anyone.get(f"/api/v1/styles/{query}", headers={"accept": accept}) for query in ("", "?format=xml")]
    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in answers] == [(200, JSON)] * 2
    assert_error(alices_program.get(f"{JOBS}nothing/", headers={"accept": accept}), 404, "not_found")


@pytest.mark.parametrize("body", ["[]", '"text"', "{", "\xff"])
@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "nonsense", JSON])
def test_415_for_what_is_no_form(alices_program: Client, style, leaves_no_trace, body: str, kind: str) -> None:
    with leaves_no_trace():
        response = alices_program.generic("POST", JOBS, body.encode("latin-1"), content_type=kind)
        document = alices_program.generic("POST", "/stylize", body.encode("latin-1"), content_type=kind)
    if kind == JSON:  # which a job may be
        assert response.status_code == 400
    else:
        assert_error(response, 415, "unsupported_media_type")
    assert document.status_code == 415
    assert document.json()["success"] is False


@pytest.mark.parametrize(
    "body", ["[]", "[1, 2]", '"text"', "null", "7", "{", '{"username": {"a": 1}, "password": []}', "\xff", "[" * 5000]
)
def test_a_token_is_not_given_for_json_of_another_shape(anyone: Client, body: str) -> None:
    response = anyone.generic("POST", "/api/v1/auth/token/", body.encode("latin-1"), content_type=JSON)
    assert response.status_code == 400
    assert response.json()["error"]["code"] in ("invalid", "parse_error")


def test_unknown_charsets(anyone: Client) -> None:
    for kind in (JSON, "application/x-www-form-urlencoded"):
        response = anyone.generic("POST", "/api/v1/auth/token/", b"{}", content_type=f"{kind}; charset=klingon")
        assert response.status_code == 400
        assert response.headers["Content-Type"] == JSON


@pytest.mark.parametrize("kind", [JSON, "application/x-www-form-urlencoded"])
def test_a_long_body_is_not_read(anyone: Client, settings, kind: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = b'{"username": "' + b"x" * 1000 + b'"}'
    assert_error(anyone.generic("POST", "/api/v1/auth/token/", body, content_type=kind), 400, "parse_error")


def test_forms_beyond_the_limits(alices_program: Client, style, settings, leaves_no_trace) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000, 5
    with leaves_no_trace():
        for data in ({"style": "x" * 2000}, {f"field{number}": "1" for number in range(10)}):
            assert_error(alices_program.post(JOBS, data), 400, "parse_error")


@pytest.mark.parametrize("boundary", ["; boundary=x", "", "; boundary=", "; boundary=" + "y" * 500])
def test_a_broken_form(alices_program: Client, style, leaves_no_trace, boundary: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n\xff\xd8'
    with leaves_no_trace():
        for address in (JOBS, "/stylize"):
            response = alices_program.generic("POST", address, body, content_type=f"multipart/form-data{boundary}")
            assert response.status_code in (400, 415)
            assert response.headers["Content-Type"] == JSON


def test_odd_values_of_fields(alices_program: Client, style, leaves_no_trace) -> None:
    photo = SimpleUploadedFile("p.jpg", pictures.jpeg())
    with leaves_no_trace():
        for data in (
            {"photo": "text where a file belongs", "style": "waves"},
            {"photo": photo, "style": "nul\0nul"},
            {"photo": photo, "style": photo},
            {"photo": photo, "style": "x" * 100_000},
        ):
            photo.seek(0)
            response = alices_program.post(JOBS, data)
            assert response.status_code == 400, data
            assert response.json()["error"]["fields"], data


def test_an_unexpected_fault_says_nothing_of_the_server(
    alice: User, program: Callable[[User], Client], monkeypatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret of the server")

    monkeypatch.setattr("stylizer.api.wanted.find_style", broken)
    client = program(alice)
    client.raise_request_exception = False
    response = client.post(JOBS, {"style": "waves"})
    assert response.status_code == 500
    assert b"secret of the server" not in response.content

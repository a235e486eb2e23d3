"""What is sent again, when, and with what; what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from easel_client import (
    BadRequest,
    Conflict,
    Easel,
    NotFound,
    ServerError,
    TooManyRequests,
    UnexpectedAnswer,
    Unreachable,
)
from easel_client import connection as connection_module

JOB = {
    "id": "6f1c2c56-6d0b-4b7e-9d0e-0d6c5ce1a3f7",
    "status": "queued",
    "progress": 0,
    "style": "waves",
    "created_at": "2026-05-04T10:15:00Z",
}
Answer = httpx.Response | Exception


class Server:
    """Answers one after the other, and keeps what was asked."""

    def __init__(self, answers: list[Answer]) -> None:
        self._answers = iter(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(connection_module.time, "sleep", found.append)
    return found


@pytest.fixture
def ask(pauses: list[float]) -> Iterator[Callable[..., tuple[Easel, Server]]]:
    opened: list[Easel] = []

    def make(*answers: Answer) -> tuple[Easel, Server]:
        server = Server(list(answers))
        opened.append(Easel("https://easel.example.org", "easel_t", transport=httpx.MockTransport(server)))
        return opened[-1], server

    yield make
    for easel in opened:
        easel.close()


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"error": {"code": code, "detail": "Because.", "fields": {"photo": ["Because."]}}}
    return httpx.Response(status, json=body, headers=headers)


def test_a_broken_connection_is_tried_again_with_the_same_key_and_photo(ask, pauses) -> None:
    easel, server = ask(httpx.ReadError("gone"), httpx.ConnectError("gone"), httpx.Response(202, json=JOB))
    job = easel.jobs.create(b"the photo", "waves", size=256, keep_colors=True)
    assert job.status == "queued"
    keys = {request.headers["Idempotency-Key"] for request in server.requests}
    assert (len(server.requests), len(keys)) == (3, 1)
    for request in server.requests:
        assert b"the photo" in request.content
        assert b"true" in request.content
        assert request.headers["Authorization"] == "Token easel_t"
    assert len(pauses) == 2


def test_the_pause_is_what_the_server_asks_for_and_not_less(ask, pauses) -> None:
    easel, _ = ask(problem(429, "throttled", **{"Retry-After": "7"}), httpx.Response(200, json=JOB))
    easel.jobs.get(JOB["id"])
    assert 7 < pauses[0] < 9


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_is_away_for_a_moment_is_asked_again(ask, status: int) -> None:
    easel, server = ask(httpx.Response(status, text="<html>"), httpx.Response(200, json=JOB))
    assert easel.jobs.get(JOB["id"]).id == JOB["id"]
    assert len(server.requests) == 2


def test_a_request_of_which_a_twin_is_in_work_is_sent_again(ask) -> None:
    easel, server = ask(problem(409, "idempotency_in_progress"), httpx.Response(202, json=JOB))
    easel.jobs.create(b"photo", "waves")
    assert len(server.requests) == 2


def test_it_gives_up_in_the_end(ask, pauses) -> None:
    easel, server = ask(*[problem(429, "throttled")] * 5)
    with pytest.raises(TooManyRequests):
        easel.jobs.get(JOB["id"])
    assert (len(server.requests), len(pauses)) == (5, 4)
    easel, _ = ask(*[httpx.ConnectTimeout("")] * 5)
    with pytest.raises(Unreachable, match=r"easel\.example\.org does not answer"):
        easel.styles()


def test_what_cannot_be_sent_twice_is_sent_once(ask) -> None:
    easel, server = ask(httpx.ReadError("gone"))
    with pytest.raises(Unreachable):
        easel.jobs.cancel(JOB["id"])
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (problem(400, "photo_damaged"), BadRequest),
        (problem(404, "not_found"), NotFound),
        (problem(409, "idempotency_key_reused"), Conflict),
        (httpx.Response(500, text="Server Error"), ServerError),
        (httpx.Response(404, text="<html>"), NotFound),
    ],
)
def test_a_refusal_is_raised_at_once(ask, answer: httpx.Response, error: type[Exception]) -> None:
    easel, server = ask(answer)
    with pytest.raises(error):
        easel.jobs.create(b"photo", "waves")
    assert len(server.requests) == 1


def test_a_refusal_says_what_the_server_said(ask) -> None:
    easel, _ = ask(problem(400, "photo_damaged"))
    with pytest.raises(BadRequest) as caught:
        easel.jobs.create(b"photo", "waves")
    error = caught.value
    assert (error.status, error.code, error.detail, error.fields) == (
        400,
        "photo_damaged",
        "Because.",
        {"photo": ["Because."]},
    )


def test_an_answer_that_is_no_easels(ask) -> None:
    easel, _ = ask(httpx.Response(200, text="<html>It works!</html>"))
    with pytest.raises(UnexpectedAnswer, match="without JSON"):
        easel.styles()


def test_the_next_page_is_asked_of_the_same_server_whatever_it_thinks_it_is_called(ask) -> None:
    style = {"slug": "waves", "name": "Waves"}
    first = {
        "next": "http://internal:8000/api/v1/styles/?cursor=a1%2B2&page_size=200",
        "previous": None,
        "results": [style],
    }
    easel, server = ask(httpx.Response(200, json=first), httpx.Response(200, json=first | {"next": None}))
    assert [style.slug for style in easel.styles()] == ["waves", "waves"]
    assert server.requests[1].url == "https://easel.example.org/api/v1/styles/?cursor=a1%2B2&page_size=200"

"""Server-sent events as the HTML standard has them, and taking a broken stream up again."""

from __future__ import annotations

import httpx
import pytest
from easel_client import Easel, UnexpectedAnswer, Unreachable
from easel_client import jobs as jobs_module
from easel_client.event_stream import read_events


def events(text: str) -> list[tuple[str, str, object]]:
    return [(event.id, event.name, dict(event.data)) for event in read_events(text.split("\n"))]


def test_an_event_has_id_name_and_data() -> None:
    text = 'retry: 1000\n\nid: a1\nevent: progress\ndata: {"progress": 40}\n\n: still here\n\n'
    assert events(text) == [("a1", "progress", {"progress": 40})]


def test_data_of_several_lines_spaces_and_unknown_fields() -> None:
    assert events('colour: blue\ndata:{"a":\ndata: 1}\n\n') == [("", "message", {"a": 1})]


def test_an_id_lasts_until_another_comes_and_a_name_does_not() -> None:
    assert events("id: 1\nevent: x\ndata: {}\n\ndata: {}\n\n") == [("1", "x", {}), ("1", "message", {})]


def test_what_is_cut_off_is_dropped() -> None:
    assert events("data: {}\n\ndata: {") == [("", "message", {})]


@pytest.mark.parametrize("data", ["{", "[1]", "nothing"])
def test_data_that_is_no_object(data: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        events(f"data: {data}\n\n")


def test_a_stream_that_breaks_off_is_taken_up_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module.time, "sleep", lambda seconds: None)
    parts = iter(
        ["id: 1\nevent: progress\ndata: {}\n\n", httpx.ReadError("gone"), "id: 2\nevent: succeeded\ndata: {}\n\n"]
    )
    known: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        known.append(request.headers.get("Last-Event-ID"))
        part = next(parts)
        if isinstance(part, Exception):
            raise part
        return httpx.Response(200, text=part, headers={"Content-Type": "text/event-stream"})

    with Easel("https://easel.example.org", transport=httpx.MockTransport(answer)) as easel:
        assert [event.name for event in easel.jobs.events("1")] == ["progress", "succeeded"]
    assert known == [None, "1", "1"]


def test_it_does_not_come_again_when_there_is_nothing_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    with Easel("https://easel.example.org", transport=httpx.MockTransport(lambda _: httpx.Response(204))) as easel:
        assert list(easel.jobs.events("1")) == []


def test_a_server_that_is_gone_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module.time, "sleep", lambda seconds: None)

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with (
        Easel("https://easel.example.org", transport=httpx.MockTransport(answer)) as easel,
        pytest.raises(Unreachable, match="broke off"),
    ):
        list(easel.jobs.events("1"))

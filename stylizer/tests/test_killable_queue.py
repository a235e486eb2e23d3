"""A worker that stops is not held up by a queue that nobody reads any more."""

from __future__ import annotations

import pytest

from stylizer.killable_queue import KillableQueue


@pytest.fixture
def _stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stylizer.killable_queue.is_stopping", lambda: True)


def test_what_is_put_comes_out_in_its_order() -> None:
    queue = KillableQueue(maxsize=3)
    for number in range(3):
        queue.put(number)
    assert [queue.get() for _ in range(3)] == [0, 1, 2]
    assert queue.qsize() == 0


@pytest.mark.usefixtures("_stopping")
def test_a_full_one_takes_the_word_to_stop_in_place_of_messages() -> None:
    queue = KillableQueue(maxsize=2)
    for message in ("first", "second", "dropped"):
        queue.put(message)
    queue.put("STOP")
    assert [queue.get() for _ in range(2)] == ["second", "STOP"]

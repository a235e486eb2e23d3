"""What happens beside a request: a worker's work in a thread, with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def worker(act: Callable[[], object]) -> Iterator[None]:
    """Run ``act`` again and again beside the request, as a worker process would, until it did something."""
    done = threading.Event()

    def work() -> None:
        try:
            while not done.is_set() and not act():
                done.wait(0.02)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()

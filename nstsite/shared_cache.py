"""The cache that all processes share where there is a Redis: attempts are counted in it, and what took long to measure.

While Redis does not answer, the table in the database is used in its place: neither may a page fail because of a
counter, nor may the limits on guessing passwords be off. What was counted before is forgotten at such a change, which
gives a guesser one more round. Values are signed, because unpickling what somebody else wrote there would run code.
"""

# ruff: noqa: D102  # the methods are those of Django's caches
from __future__ import annotations

import hmac
import logging
import pickle
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from django.utils.crypto import salted_hmac
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
FALLBACK = "database"
"""The name of the cache that stands in."""
ASK_AGAIN_AFTER = 5.0
"""Seconds for which Redis is left alone once it did not answer, so that an outage does not slow every request."""
_PATIENCE = 1.0
_FORGED = object()
_left_alone_until: dict[str, float] = {}
"""By address: each thread has a cache object of its own, and one of them has to find out."""


class SignedPickle:
    """A serializer that knows what this installation wrote; what it did not is no value at all."""

    def dumps(self, value: Any) -> int | bytes:
        """Return what to store; whole numbers as they are, so that Redis can count."""
        if type(value) is int:
            return value
        content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return self._signature(content) + content

    def loads(self, stored: bytes) -> Any:
        """Return the value."""
        try:
            return int(stored)
        except ValueError:
            signature, content = stored[:32], stored[32:]
        if not hmac.compare_digest(signature, self._signature(content)):
            return _FORGED  # or signed with the key of before
        return pickle.loads(content)  # noqa: S301  # written by us, which the signature shows

    def _signature(self, content: bytes) -> bytes:
        # By the content alone: whoever can write there can put any value of ours under any other key as well.
        return salted_hmac("easel.cache", content, secret=settings.SECRET_KEY, algorithm="sha256").digest()


class SharedCache(RedisCache):
    """Redis while it answers, else the database."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "serializer": SignedPickle,
            "socket_timeout": _PATIENCE,
            "socket_connect_timeout": _PATIENCE,
            "retry": Retry(NoBackoff(), 1),  # one connection may have been closed while it was idle
        }
        super().__init__(server, params | {"OPTIONS": options | params.get("OPTIONS", {})})
        self._server = server

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask(super().add, "add", key, value, timeout, version)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        found = self._ask(super().get, "get", key, default, version)
        return default if found is _FORGED else found

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask(super().set, "set", key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask(super().touch, "touch", key, timeout, version)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(super().delete, "delete", key, version)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        found = self._ask(super().get_many, "get_many", list(keys), version)
        return {key: value for key, value in found.items() if value is not _FORGED}

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._ask(super().has_key, "has_key", key, version)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._ask(super().incr, "incr", key, delta, version)

    def set_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        return self._ask(super().set_many, "set_many", data, timeout, version)

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        self._ask(super().delete_many, "delete_many", list(keys), version)

    def clear(self) -> None:
        """Forget everything of the cache, and leave the queue's messages, which lie in the same Redis."""
        self._ask(self._clear_own, "clear")

    def _clear_own(self) -> None:
        client = self._cache.get_client(write=True)
        for key in client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
            client.delete(key)

    def _ask(self, redis_method: Callable[..., Answer], name: str, *arguments: Any) -> Answer:
        if time.monotonic() >= _left_alone_until.get(self._server, 0.0):
            try:
                return redis_method(*arguments)
            except RedisError as error:
                _left_alone_until[self._server] = time.monotonic() + ASK_AGAIN_AFTER
                logger.warning("Redis does not answer, the database stands in for the cache: %s", error)
        answer: Answer = getattr(caches[FALLBACK], name)(*arguments)
        return answer

"""Attempts are counted in Redis, and in the database while Redis is away: no page fails, and no limit is off."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.core.cache import caches
from django.test import Client

from nstsite import shared_cache
from nstsite.shared_cache import SharedCache
from nstsite.tests.live.redis_server import RedisServer

pytestmark = pytest.mark.django_db
PREFIX = "easel-cache"


@pytest.fixture
def cache(redis_server: RedisServer, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[SharedCache]:
    """The site's default cache, in Redis as REDIS_URL makes it."""
    shared = {"BACKEND": "nstsite.shared_cache.SharedCache", "LOCATION": redis_server.url, "KEY_PREFIX": PREFIX}
    settings.CACHES = settings.CACHES | {"default": shared}
    monkeypatch.setattr(shared_cache, "_PATIENCE", 60.0)  # a busy machine is not an outage
    yield caches["default"]
    shared_cache._left_alone_until.clear()


@pytest.fixture
def kept(redis_server: RedisServer) -> redis.Redis:
    """What lies in Redis, past the cache."""
    return redis.Redis.from_url(redis_server.url)


def everything(cache: SharedCache) -> list[Any]:
    """Use each method once and return what they answered."""
    answers: list[Any] = [cache.add("a", [1.5, 2.5]), cache.add("a", []), cache.get("a"), cache.get("none", "nothing")]
    cache.set("count", 1)
    answers += [cache.incr("count"), cache.get("count"), cache.has_key("count"), "none" in cache]
    answers += [cache.set_many({"b": True, "c": {"d": None}}), cache.get_many(["a", "b", "c", "none"])]
    answers += [cache.touch("b", 60), cache.touch("none", 60), cache.delete("b"), cache.delete("b")]
    cache.delete_many(["a", "c"])
    cache.set("gone-at-once", "x", timeout=0)
    return [*answers, cache.get_many(["a", "b", "c", "gone-at-once"])]


def test_redis_and_the_table_answer_the_same(cache: SharedCache, kept: redis.Redis) -> None:
    answers = everything(cache)
    assert kept.keys() == [f"{PREFIX}:1:count".encode()]
    assert answers == everything(caches["database"])


def test_clearing_leaves_the_messages_that_wake_workers(cache: SharedCache, kept: redis.Redis) -> None:
    kept.rpush("django_q:easel:q", "a message")
    cache.set("attempts", [1.0])
    cache.clear()
    assert kept.keys() == [b"django_q:easel:q"]


FORGED = {"pickle": pickle.dumps("not ours"), "wrongly signed": b"x" * 32 + pickle.dumps("not ours"), "empty": b""}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_what_somebody_else_wrote_is_not_unpickled(cache: SharedCache, kept: redis.Redis, forged: bytes) -> None:
    kept.set(f"{PREFIX}:1:name", forged)
    assert cache.get("name", "nothing") == "nothing"
    assert cache.get_many(["name"]) == {}
    cache.set("name", "ours")
    assert cache.get("name") == "ours"


def test_what_was_signed_with_another_key_is_not_taken(cache: SharedCache, settings) -> None:
    cache.set("name", "ours")
    settings.SECRET_KEY = "another one, of which nobody here signed anything yet"
    assert cache.get("name") is None


def test_pages_go_on_while_redis_is_away(
    cache: SharedCache, redis_server: RedisServer, anyone: Client, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.stop()
    assert everything(cache) == everything(caches["database"])
    for address in ("/", "/accounts/login/", "/api/v1/styles/"):
        assert anyone.get(address).status_code == 200
    signing_in = anyone.post("/accounts/login/", {"login": "alice", "password": "a long walk home"})
    assert signing_in.status_code == 302
    assert caplog.text.count("the database stands in for the cache") == 1, "it is not asked again and again"


def test_guessing_is_stopped_with_redis_and_without(
    cache: SharedCache, redis_server: RedisServer, kept: redis.Redis, alice: User
) -> None:
    def tries_until_stopped() -> int:
        for number in range(1, 50):
            if Client().post("/accounts/login/", {"login": "alice", "password": "a guess"}).status_code == 429:
                return number
        raise AssertionError("nothing stopped it")

    with_redis = tries_until_stopped()
    assert kept.keys(f"{PREFIX}:*rl*")
    redis_server.stop()
    assert tries_until_stopped() == with_redis, "one more round, counted in the database"


def test_redis_is_used_again_once_it_is_back(
    cache: SharedCache, redis_server: RedisServer, kept: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_cache, "ASK_AGAIN_AFTER", 0.0)
    cache.set("before", 1)
    redis_server.stop()
    cache.set("meanwhile", 1)
    redis_server.start()
    cache.set("after", 1)
    assert kept.keys() == [f"{PREFIX}:1:after".encode()]

from __future__ import annotations

import os
import shutil
from collections import namedtuple

import numpy as np
import pytest

from mlcore import photo_cache
from mlcore.photo_cache import PhotoCache
from mlcore.tests.pictures import picture


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    picture(30, 20).save(path)
    return path


def test_what_was_kept_comes_back(tmp_path, photo):
    cache = PhotoCache(tmp_path / "cache", 10**6, 32)
    assert cache.get(0, photo) is None
    cache.put(0, photo, picture(48, 32))
    assert np.array_equal(np.asarray(cache.get(0, photo)), np.asarray(picture(48, 32)))
    assert PhotoCache(tmp_path / "cache", 10**6, 64).get(0, photo) is None


def test_a_photo_that_was_replaced_is_decoded_again(tmp_path, photo):
    cache = PhotoCache(tmp_path / "cache", 10**6, 32)
    cache.put(0, photo, picture(48, 32))
    os.utime(photo, (1, 1))
    assert cache.get(0, photo) is None


def test_photos_beyond_the_space_are_not_kept(tmp_path, photo):
    cache = PhotoCache(tmp_path / "cache", 3 * 32 * 32 * 5, 32)
    assert cache.max_photos == 3
    cache.put(3, photo, picture(48, 32))
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY\x01\x00", b"text"])
def test_a_damaged_file_counts_as_absent(tmp_path, photo, damage):
    cache = PhotoCache(tmp_path / "cache", 10**6, 32)
    cache.put(0, photo, picture(48, 32))
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(damage)
    assert cache.get(0, photo) is None


def test_a_folder_that_cannot_be_written_ends_the_keeping_with_one_warning(tmp_path, photo, caplog):
    (tmp_path / "cache").write_text("a file where the folder should be")
    cache = PhotoCache(tmp_path / "cache", 10**6, 32)
    for _ in range(2):
        cache.put(0, photo, picture(48, 32))
    assert len(caplog.records) == 1
    assert "--cache-mb" in caplog.text


def test_room_is_left_for_checkpoints(tmp_path, photo, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40, photo_cache.KEPT_FREE - 1))
    cache = PhotoCache(tmp_path / "cache", 10**6, 32)
    cache.put(0, photo, picture(48, 32))
    assert not list((tmp_path / "cache").iterdir())

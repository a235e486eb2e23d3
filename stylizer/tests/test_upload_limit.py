"""What is too large is dropped while it arrives, and its sender is told so."""

from __future__ import annotations

import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stylizer.tests import pictures
from stylizer.upload_limit import BoundedTemporaryUpload

LIMIT = 1_000_000
stored: list[int] = []


class Witness(BoundedTemporaryUpload):
    """Notes how much of each file was written."""

    def file_complete(self, file_size: int) -> object:
        file = super().file_complete(file_size)
        file.flush()
        stored.append(os.fstat(file.fileno()).st_size)
        return file


@pytest.fixture(autouse=True)
def _watched(settings, monkeypatch) -> None:
    stored.clear()
    settings.EASEL_MAX_UPLOAD_BYTES = LIMIT
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    monkeypatch.setattr("stylizer.checkpoint_intake.MAX_CHECKPOINT_BYTES", LIMIT // 2)
    memory, bounded = settings.FILE_UPLOAD_HANDLERS
    assert bounded == "stylizer.upload_limit.BoundedTemporaryUpload"
    settings.FILE_UPLOAD_HANDLERS = [memory, f"{__name__}.Witness"]


def padded(size: int) -> SimpleUploadedFile:
    content = pictures.jpeg()
    return SimpleUploadedFile("photo.jpg", content + b"\0" * (size - len(content)))


def test_a_file_within_the_limit_arrives_whole(as_alice: Client, style) -> None:
    assert as_alice.post("/studio/", {"photo": padded(LIMIT), "style": "waves"}).status_code == 302
    assert sum(stored) == LIMIT


def test_a_file_beyond_it_is_dropped_and_its_size_told(
    as_alice: Client, alices_program: Client, style, leaves_no_trace
) -> None:
    with leaves_no_trace():
        page = as_alice.post("/studio/", {"photo": padded(5 * LIMIT), "style": "waves"})
        assert 0 < sum(stored) <= LIMIT
        stored.clear()
        answer = alices_program.post("/api/v1/stylizations/", {"photo": padded(5 * LIMIT), "style": "waves"})
        assert 0 < sum(stored) <= LIMIT
    assert "This file has 5 MB; at most 1 MB are accepted." in page.content.decode()
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "photo_too_large"


def test_many_files_count_together(as_alice: Client, style, leaves_no_trace) -> None:
    files = {f"file{number}": padded(LIMIT // 2) for number in range(10)}
    with leaves_no_trace():
        response = as_alice.post("/studio/", files | {"photo": padded(LIMIT // 2), "style": "waves"})
    assert sum(stored) <= LIMIT
    assert response.context["form"].errors.as_data()["photo"][0].code == "photo_too_large"


@pytest.mark.parametrize("address", ["/accounts/login/", "/api/v1/auth/token/"])
def test_it_holds_before_anybody_has_signed_in(anyone: Client, address: str) -> None:
    anyone.post(address, {"username": "a", "password": "b", "login": "a", "file": padded(5 * LIMIT)})
    assert sum(stored) <= LIMIT

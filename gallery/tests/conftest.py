"""Artworks in numbers, and in every state that decides who sees them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from gallery.models import Artwork
from stylizer.models import Style
from stylizer.tests import pictures


@pytest.fixture
def make_artwork(style: Style) -> Callable[..., Artwork]:
    """Return a function that puts a picture drawn by hand into somebody's gallery."""

    def make(owner: User, **fields: Any) -> Artwork:
        artwork = Artwork(id=uuid.uuid4(), owner=owner, style=style, title="Untitled")
        artwork.image_width, artwork.image_height = artwork.thumbnail_width, artwork.thumbnail_height = 32, 24
        for name, value in fields.items():
            setattr(artwork, name, value)
        if artwork.is_public and "published_at" not in fields:
            artwork.published_at = timezone.now()
        size = (artwork.image_width, artwork.image_height)
        artwork.image.save("", ContentFile(pictures.jpeg(*size)), save=False)
        artwork.thumbnail.save("", ContentFile(pictures.encoded(pictures.photo(32, 24), "WEBP")), save=False)
        artwork.save()
        return artwork

    return make


@pytest.fixture
def in_numbers() -> Callable[..., list[Artwork]]:
    """Return a function that adds copies of an artwork, which share its files, each published a minute earlier."""

    def add(artwork: Artwork, count: int, **fields: Any) -> list[Artwork]:
        values = {field.attname: getattr(artwork, field.attname) for field in Artwork._meta.concrete_fields}
        copies = []
        for number in range(1, count + 1):
            earlier = timezone.now() - timedelta(minutes=number)
            changes = {"id": uuid.uuid4(), "stylization_id": None, "published_at": earlier} | fields
            copies.append(Artwork(**(values | changes)))
        Artwork.objects.bulk_create(copies)
        # created_at is set to now by bulk_create, whatever is asked for.
        for number, copy in enumerate(copies, 1):
            Artwork.objects.filter(pk=copy.pk).update(created_at=artwork.created_at - timedelta(minutes=number))
        return copies

    return add


@pytest.fixture
def everybody(anyone: Client, as_charlie: Client, as_bob: Client, as_alice: Client) -> list[Client]:
    """The browsers of an anonymous visitor, an outsider, staff and the owner, in this order."""
    return [anyone, as_charlie, as_bob, as_alice]


@pytest.fixture
def statuses(everybody: list[Client]) -> Callable[[str], list[int]]:
    """Return a function that asks for an address as everybody and returns what each is answered."""

    def ask(address: str) -> list[int]:
        answers = [client.get(address) for client in everybody]
        for answer in answers:
            if answer.streaming:
                assert answer.getvalue()
        return [answer.status_code for answer in answers]

    return ask

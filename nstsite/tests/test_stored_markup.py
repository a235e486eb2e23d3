"""Markup in every text that the database holds stays text on every page, whoever put it there and however."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.test import Client

from accounts.models import ApiToken
from gallery.models import Album, AlbumEntry, Artwork, Report, Star, UnlistedLink
from stylizer.models import Batch, Status, Style, Stylization

MARKUP = "\"'><b id=x>"
ESCAPED = "&lt;b id=x&gt;"
# What programs read and people never write: names of things, digests, sealed or signed texts, types.
# And a published style has no reason for a quarantine.
BY_PROGRAM = (
    "quarantine_reason",
    "slug",
    "sha256",
    "key",
    "token",
    "digest",
    "secret",
    "password",
    "lease",
    "recipe",
    "metrics",
    "body",
)


@pytest.fixture
def _full_of_markup(alice: User, bob: User, charlie: User, alices_artwork: Artwork, queue_photo, finish) -> None:
    """Something of everything people see, with markup in every text column: told by the model, not by a list."""
    Artwork.objects.update(is_public=True, published_at=alices_artwork.created_at)
    album = Album.objects.create(owner=alice, name="a")
    AlbumEntry.objects.create(album=album, artwork=alices_artwork)
    Star.objects.create(user=charlie, artwork=alices_artwork)
    Report.objects.create(artwork=alices_artwork, reporter=charlie, reason="spam", text="t")
    UnlistedLink.objects.create(artwork=alices_artwork)
    ApiToken.issue(alice, name="n", days=None)
    batch = Batch.objects.create(owner=alice, name="b")
    failed = queue_photo(alice)
    Stylization.objects.filter(pk=failed.pk).update(batch=batch, status=Status.FAILED, error_detail="e")
    for model in apps.get_models():
        if model is User or model._meta.app_label in ("stylizer", "gallery", "accounts"):
            for field in texts(model):
                value = MARKUP[: field.max_length or len(MARKUP)]
                for row in model._base_manager.all():
                    unique = field.unique or any(field.name in c.fields for c in model._meta.total_unique_constraints)
                    model._base_manager.filter(pk=row.pk).update(
                        **{field.name: f"{row.pk}{value}"[: field.max_length] if unique else value}
                    )


def texts(model: type[models.Model]) -> Iterator[models.Field]:
    for field in model._meta.concrete_fields:
        is_text = type(field) in (models.CharField, models.TextField, models.EmailField)
        if is_text and not field.choices and not any(word in field.name for word in BY_PROGRAM):
            yield field


def pages() -> list[tuple[str, str]]:
    """Return who looks at which address."""
    job = Stylization.objects.exclude(status=Status.FAILED).get().pk
    failed = Stylization.objects.get(status=Status.FAILED)
    artwork, album, style = Artwork.objects.get().pk, Album.objects.get().pk, Style.objects.get(slug="waves")
    return [
        *(("anyone", page) for page in ("/", "/gallery/", f"/gallery/{artwork}/", "/styles/waves/")),
        *(("charlie", page) for page in ("/gallery/", f"/gallery/{artwork}/", "/gallery/starred/")),
        *(("charlie", page) for page in (f"/gallery/{artwork}/report/", "/studio/")),
        *(("alice", page) for page in ("/studio/", "/stylizations/", "/gallery/mine/", f"/gallery/{artwork}/")),
        *(("alice", page) for page in (f"/stylizations/{job}/", f"/stylizations/{failed.pk}/")),
        *(
            ("alice", page)
            for page in (f"/batches/{failed.batch_id}/", "/gallery/albums/", f"/gallery/albums/{album}/")
        ),
        *(("alice", page) for page in ("/account/", "/account/tokens/", "/account/data/", "/account/delete/")),
        *(("bob", page) for page in ("/admin/", "/admin/dashboard/", "/admin/auth/user/")),
        *(("bob", f"/admin/stylizer/style/{page}") for page in ("", f"{style.pk}/change/")),
        *(("bob", f"/admin/stylizer/stylization/{page}") for page in ("", f"{failed.pk}/change/")),
        *(("bob", f"/admin/gallery/artwork/{page}") for page in ("", f"{artwork}/change/")),
        *(("bob", f"/admin/gallery/report/{page}") for page in ("", f"{Report.objects.get().pk}/change/")),
    ]


@pytest.mark.usefixtures("_full_of_markup")
def test_markup_stays_text(anyone: Client, alice: User, bob: User, charlie: User, browser) -> None:
    people = {"anyone": anyone, "alice": browser(alice), "bob": browser(bob), "charlie": browser(charlie)}
    shown = 0
    for who, page in pages():
        response = people[who].get(page)
        assert response.status_code == 200, (who, page, response.status_code)
        content = response.content.decode()
        assert "<b id=x>" not in content, (who, page)
        shown += ESCAPED in content
    assert shown >= 20, "most of these pages show something that somebody wrote"


def test_enough_texts_are_filled() -> None:
    names = {f"{model.__name__}.{field.name}" for model in apps.get_models() for field in texts(model)}
    assert names >= {
        *("User.username", "User.first_name", "User.email", "Style.name", "Style.artist", "Style.description"),
        *("Artwork.title", "Artwork.hidden_reason", "Album.name", "Report.text", "Photo.name", "Batch.name"),
        *("Stylization.error_detail", "ApiToken.name", "Invitation.email"),
    }

"""No model with files can be forgotten by export, quota and deletion."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth.models import User
from django.db import models

from stylizer.ownership import file_fields, holdings

# Models whose files are the server's and stay when somebody goes. Add a model here only if nobody owns its rows.
THE_SERVERS_OWN = {"stylizer.Style", "stylizer.StyleIntake", "stylizer.StyleSample"}


def test_every_model_with_files_is_somebodys_or_the_servers() -> None:
    with_files = {model._meta.label for model in apps.get_models() if file_fields(model)}
    somebodys = {held.model._meta.label for held in holdings()}
    assert with_files - somebodys == THE_SERVERS_OWN
    assert {"stylizer.Photo", "stylizer.Stylization", "gallery.Artwork"} <= with_files & somebodys


def test_no_foreign_key_stands_in_the_way_of_a_deletion() -> None:
    owned = {held.model for held in holdings()} | {User}
    in_the_way = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model in owned
        and (
            field.remote_field.on_delete is models.PROTECT
            # RESTRICT lets both go together, so the one that restricts has to go by itself.
            or (field.remote_field.on_delete is models.RESTRICT and model not in owned)
        )
    ]
    assert in_the_way == []


def test_a_row_on_anothers_row_is_its_owners(alice: User, charlie: User, furnish, star) -> None:
    hers = furnish(alice)
    star(charlie, hers)
    stars = next(held for held in holdings() if held.model.__name__ == "Star")
    assert stars.belonging_to(charlie).count() == 1
    assert stars.belonging_to(alice).count() == 0
    assert stars.vanishing_with(alice).count() == 1, "it cannot stay without the work"


def test_an_entry_is_its_albums_owners(alice: User, charlie: User, furnish) -> None:
    from gallery.models import Album, AlbumEntry

    hers = furnish(alice)
    AlbumEntry.objects.create(album=Album.objects.create(owner=charlie, name="Seen"), artwork=hers)
    entries = next(held for held in holdings() if held.model is AlbumEntry)
    assert [entries.belonging_to(user).count() for user in (alice, charlie)] == [1, 1]
    assert [entries.vanishing_with(user).count() for user in (alice, charlie)] == [2, 1]

"""seed_demo makes a gallery that can be told from real works and removed; pages take as many queries for many works."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client

from gallery.demo_data import demo_users
from gallery.models import Album, Artwork, Star
from gallery.page_bench import MOST_QUERIES, busiest_user, measure
from gallery.trash import delete_for_good, move_to_trash
from stylizer.models import Style
from stylizer.tests.traces import stored_files


def seed(artworks: int = 30, **options: object) -> None:
    call_command("seed_demo", artworks=artworks, users=5, verbosity=0, **options)


def contents() -> list[object]:
    columns = ("id", "owner__username", "title", "style__slug", "is_public", "star_count")
    return list(Artwork.objects.order_by("id").values(*columns))


def test_the_same_seed_makes_the_same_gallery_and_another_makes_another(style: Style, anyone: Client) -> None:
    seed()
    first = contents()
    assert len(first) == 30
    assert {user.username for user in demo_users()} == {f"demo-000{number}" for number in range(1, 6)}
    assert not any(user.has_usable_password() for user in demo_users())
    assert all(artwork.star_count == artwork.stars.count() for artwork in Artwork.objects.all())
    assert Star.objects.exists()
    assert Album.objects.count() == 5
    page = anyone.get("/gallery/")
    assert page.status_code == 200
    shown = Artwork.objects.public()[0]
    picture = anyone.get(f"/gallery/{shown.pk}/files/image/")
    assert picture.getvalue()[:3] == b"\xff\xd8\xff"

    call_command("seed_demo", remove=True, verbosity=0)
    seed()
    assert contents() == first
    call_command("seed_demo", remove=True, verbosity=0)
    seed(seed=2)
    assert contents() != first


def test_removing_leaves_everything_else_as_it_was(style: Style, alice: User, alices_artwork: Artwork) -> None:
    files = stored_files()
    seed(yes_really=True)
    Star.objects.get_or_create(user=demo_users()[0], artwork=alices_artwork)
    assert len(stored_files()) > len(files)
    call_command("seed_demo", remove=True, verbosity=0)
    assert stored_files() == files
    assert list(User.objects.all()) == [alice]
    alices_artwork.refresh_from_db()
    assert alices_artwork.star_count == 0
    assert not Group.objects.exists()


def test_deleting_one_work_leaves_the_pictures_of_those_that_look_alike(
    style: Style, django_capture_on_commit_callbacks, media: Path
) -> None:
    seed(artworks=60)  # more than there are different pictures
    gone = Artwork.objects.order_by("id")[0]
    move_to_trash(Artwork.objects.filter(pk=gone.pk))
    with django_capture_on_commit_callbacks(execute=True):
        delete_for_good(Artwork.objects.filter(pk=gone.pk))
    assert not (media / gone.image.name).exists()
    for artwork in Artwork.objects.all():
        for file in (artwork.image, artwork.thumbnail):
            assert (media / file.name).stat().st_size > 100


def test_a_database_with_real_people_is_left_alone(style: Style, alice: User) -> None:
    with pytest.raises(CommandError, match="real people"):
        seed()
    assert not Artwork.objects.exists()
    # A name does not make a demo account of a person.
    User.objects.create_user("demo-0001")
    with pytest.raises(CommandError, match="real people"):
        seed()
    call_command("seed_demo", remove=True, verbosity=0)
    assert User.objects.count() == 2


def test_without_styles_nothing_can_be_made(db: None) -> None:
    with pytest.raises(CommandError, match="load_starter_styles"):
        seed()
    assert not User.objects.exists()


def test_ten_times_as_many_works_take_no_more_queries(style: Style) -> None:
    counts = {}
    for artworks in (30, 300):
        seed(artworks)
        user = busiest_user()
        assert user is not None
        counts[artworks] = {page: queries for page, queries, _ in measure(user, rounds=1)}
        call_command("seed_demo", remove=True, verbosity=0)
    assert counts[30] == counts[300]
    assert min(counts[300].values()) > 0
    assert {page: count for page, count in counts[300].items() if count > MOST_QUERIES} == {}


def test_the_table_compares_with_an_earlier_one_and_fails_where_it_is_worse(
    style: Style, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="seed_demo"):
        call_command("bench_pages")
    seed()
    kept = tmp_path / "small.json"
    call_command("bench_pages", rounds=1, json=kept)
    kept.write_text(kept.read_text().replace("[", "[1"))  # more queries than are taken now
    with pytest.raises(CommandError, match="queries"):
        call_command("bench_pages", rounds=1, against=kept)
    assert "search, nothing found" in capsys.readouterr().out

"""People and works that are only there to be looked at or measured; they can be told from real ones and removed."""

from __future__ import annotations

import contextlib
import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.utils import timezone

from gallery.demo_pictures import SharedFile, demo_pictures
from gallery.models import Album, AlbumEntry, Artwork, Star
from gallery.starring import recount
from stylizer.files import delete_files
from stylizer.models import Style

GROUP = "Demo accounts"
BATCH = 2000
YEARS = 2
FIRST = (
    "Blue",
    "Quiet",
    "Early",
    "Late",
    "Bright",
    "Grey",
    "Windy",
    "Far",
    "Old",
    "Small",
    "Wet",
    "Golden",
    "Northern",
)
SECOND = (
    "harbour",
    "garden",
    "bridge",
    "hill",
    "street",
    "kitchen",
    "window",
    "boat",
    "orchard",
    "roof",
    "lake",
    "road",
)


def demo_users() -> models.QuerySet[User]:
    """Return the accounts that were made here. Nobody gets into their group by signing up."""
    return User.objects.filter(groups__name=GROUP)


def real_users() -> models.QuerySet[User]:
    """Return all other accounts."""
    return User.objects.exclude(pk__in=demo_users().values("pk"))


def make_users(count: int) -> list[User]:
    """Return demo-0001 to demo-``count``, made now where they are missing. Nobody can sign in as one."""
    group, _ = Group.objects.get_or_create(name=GROUP)
    names = [f"demo-{number:04}" for number in range(1, count + 1)]
    existing = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    new = [User(username=name, password=make_password(None)) for name in names if name not in existing]
    with transaction.atomic():
        User.objects.bulk_create(new, batch_size=BATCH)
        made = User.objects.filter(username__in=[user.username for user in new])
        group.user_set.add(*made)
    return list(demo_users().filter(username__in=names).order_by("username"))


def make_artworks(count: int, users: list[User], styles: list[Style], seed: int) -> None:
    """Add ``count`` works of ``users`` in ``styles``: most on show, some private, a few in the trash."""
    chance = random.Random(seed)  # noqa: S311  # the same gallery for the same number, no secret
    now = timezone.now()
    pool = [(picture, SharedFile(picture.image), SharedFile(picture.thumbnail)) for picture in demo_pictures(seed)]
    # A few people keep most of the works, as in life.
    shares = [1 / (rank + 5) for rank in range(len(users))]
    owners = chance.choices(users, shares, k=count)
    with _dates_kept(Artwork):
        for start in range(0, count, BATCH):
            batch = []
            for owner in owners[start : start + BATCH]:
                artwork = _artwork(chance, owner, chance.choice(styles), now)
                picture, image, thumbnail = chance.choice(pool)
                artwork.image_width = artwork.thumbnail_width = picture.width
                artwork.image_height = artwork.thumbnail_height = picture.height
                image.store(artwork.image)
                thumbnail.store(artwork.thumbnail)
                batch.append(artwork)
            Artwork.objects.bulk_create(batch)


def _artwork(chance: random.Random, owner: User, style: Style, now: datetime) -> Artwork:
    created = now - timedelta(seconds=chance.randrange(YEARS * 365 * 86_400))
    artwork = Artwork(
        id=uuid.UUID(int=chance.getrandbits(128), version=4),
        owner=owner,
        style=style,
        title=f"{chance.choice(FIRST)} {chance.choice(SECOND)} {chance.randrange(1, 1000)}",
        created_at=created,
    )
    artwork.index_words()
    if chance.random() < 0.7:
        artwork.is_public = True
        artwork.published_at = created + (now - created) * chance.random()
    if chance.random() < 0.02:
        artwork.trashed_at = now - timedelta(days=chance.random() * 20)
    return artwork


def make_stars_and_albums(users: list[User], seed: int) -> None:
    """Let people star what is on show, three stars a work on average, and keep one album each."""
    chance = random.Random(seed + 1)  # noqa: S311
    shown = list(Artwork.objects.public().filter(owner__in=demo_users()).order_by("id").values_list("pk", flat=True))
    stars: list[Star] = []
    for pk in shown:
        fans = chance.sample(users, min(len(users), int(chance.expovariate(1 / 3))))
        stars += [Star(user=user, artwork_id=pk) for user in fans]
    Star.objects.bulk_create(stars, batch_size=BATCH, ignore_conflicts=True)
    recount()
    albums = [Album(owner=user, name="Favourites") for user in users]
    Album.objects.bulk_create(albums, batch_size=BATCH, ignore_conflicts=True)
    entries = []
    for album in Album.objects.filter(owner__in=demo_users(), name="Favourites").order_by("owner__username"):
        own = Artwork.objects.filter(owner=album.owner_id).order_by("id").values_list("pk", flat=True)[:20]
        entries += [AlbumEntry(album=album, artwork_id=pk) for pk in own]
    AlbumEntry.objects.bulk_create(entries, batch_size=BATCH, ignore_conflicts=True)


def remove_demo() -> tuple[int, int]:
    """Delete every demo account with its works and files; return how many accounts and works."""
    works = 0
    artworks = Artwork.objects.filter(owner__in=demo_users())
    while batch := list(artworks[:BATCH]):
        with transaction.atomic():
            Artwork.objects.filter(pk__in=[artwork.pk for artwork in batch]).delete()
        delete_files(*(file for row in batch for file in (row.image, row.thumbnail, row.large_thumbnail)))
        works += len(batch)
    users = demo_users().count()
    with transaction.atomic():
        User.objects.filter(pk__in=list(demo_users().values_list("pk", flat=True))).delete()
        Group.objects.filter(name=GROUP).delete()
    recount()
    return users, works


@contextlib.contextmanager
def _dates_kept(model: type[models.Model]) -> Iterator[None]:
    """Let ``created_at`` be what the row says: bulk_create() would write the present."""
    field = model._meta.get_field("created_at")
    assert isinstance(field, models.DateTimeField)  # noqa: S101  # said to the type checker
    field.auto_now_add = False
    try:
        yield
    finally:
        field.auto_now_add = True

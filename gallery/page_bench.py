"""How many queries the gallery's pages take, and how long the server works on each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery.demo_data import demo_users
from gallery.models import Artwork
from gallery.orders import PUBLIC_ORDERS

MOST_QUERIES = 12


class Measured(NamedTuple):
    """One page: its queries, and the median of its times in milliseconds."""

    page: str
    queries: int
    milliseconds: float


def busiest_user() -> User | None:
    """Return the demo account with the most works."""
    return demo_users().annotate(works=Count("artworks")).order_by("-works", "pk").first()


def pages(user: User) -> dict[str, str]:
    """Return what is measured: a name and an address each."""
    gallery, mine, newest = reverse("gallery:public"), reverse("gallery:mine"), PUBLIC_ORDERS[0]
    shown = newest.sort(Artwork.objects.public())
    middle = shown[shown.count() // 2]
    style = Artwork.objects.filter(owner=user).select_related("style")[0].style
    return {
        "gallery": gallery,
        "gallery, most starred": f"{gallery}?sort=starred",
        "gallery, by title": f"{gallery}?sort=title",
        "gallery, half way down": f"{gallery}?after={newest.cursor(middle)}",
        "search, common words": f"{gallery}?q=blue+harbour",
        "search, one owner": f"{gallery}?q={user.get_username()}",
        "search, nothing found": f"{gallery}?q=zzz+nothing",
        "my works": mine,
        "my works, search": f"{mine}?q=garden",
        "style": reverse("gallery:style", args=[style.slug]),
        "style, most starred": f"{reverse('gallery:style', args=[style.slug])}?sort=starred",
        "starred": reverse("gallery:starred"),
        "albums": reverse("gallery:albums"),
    }


def measure(user: User, rounds: int) -> Iterator[Measured]:
    """Visit each page as ``user``, once to warm up and ``rounds`` times by the clock."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.force_login(user)
    secure = settings.SECURE_SSL_REDIRECT
    client.get(reverse("gallery:public"), secure=secure)  # the first visit of a session writes down the device
    for page, address in pages(user).items():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address, secure=secure)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
        count = len(queries)  # now: the next request empties the log
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            client.get(address, secure=secure)
            times.append(1000 * (time.perf_counter() - start))
        yield Measured(page, count, statistics.median(times) if times else 0.0)
    client.logout()

"""Long histories: in pages, and with as many queries for many pictures as for one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.models import Artwork
from stylizer.models import Stylization
from stylizer.views import JOBS_PER_PAGE


def in_numbers(row, count: int) -> None:
    """Add ``count`` copies of a row, which share its files."""
    model = type(row)
    fields = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
    fields |= {"stylization_id": None} if model is Artwork else {}
    model.objects.bulk_create([model(**(fields | {"id": model._meta.pk.get_default()})) for _ in range(count)])


def tiles(page: str) -> int:
    return page.count('class="tile"')


def test_the_history_comes_in_pages(as_alice: Client, alices_job: Stylization) -> None:
    in_numbers(alices_job, JOBS_PER_PAGE)
    first, second = (as_alice.get("/stylizations/", {"page": number}) for number in (1, 2))
    assert [tiles(page.content.decode()) for page in (first, second)] == [JOBS_PER_PAGE, 1]
    assert 'rel="next"' in first.content.decode()
    assert 'rel="prev"' in second.content.decode()


def test_empty_pages_say_what_to_do(as_alice: Client, anyone: Client) -> None:
    assert "Your gallery is empty" in as_alice.get("/gallery/mine/").content.decode()
    assert "Nothing on show yet" in anyone.get("/gallery/").content.decode()
    assert "Nothing painted yet" in as_alice.get("/stylizations/").content.decode()


@pytest.mark.parametrize("address", ["/stylizations/", "/api/v1/stylizations/"])
def test_queries_do_not_grow_with_the_list(
    as_alice: Client, alices_artwork: Artwork, alices_job: Stylization, address: str
) -> None:
    as_alice.get(address)  # the first request of a session writes it
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert as_alice.get(address).status_code == 200
    for row in (alices_artwork, alices_job):
        in_numbers(row, 20)
    as_alice.get(address)  # the first look at results notes that they were seen, in one statement for all
    with CaptureQueriesContext(connection) as many:
        assert as_alice.get(address).status_code == 200
    assert len(many) == len(few) <= 8, "\n".join(query["sql"] for query in many.captured_queries)


def test_queries_of_the_api_do_not_grow_with_waiting_jobs(
    as_alice: Client, alice: User, queue_photo, django_assert_max_num_queries
) -> None:
    in_numbers(queue_photo(alice), 20)
    as_alice.get("/api/v1/stylizations/")  # the first request of a session writes it
    with django_assert_max_num_queries(7):
        answer = as_alice.get("/api/v1/stylizations/").json()
    assert len(answer["results"]) == 21

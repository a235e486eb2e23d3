"""Lists of the API come in pages that a cursor leads through, whatever comes or goes meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from stylizer.models import Style, Stylization

JOBS = "/api/v1/stylizations/"
Queue = Callable[..., Stylization]


@pytest.fixture
def jobs(alice: User, queue_photo: Queue) -> list[str]:
    """Five jobs of Alice's made at the same moment, newest first."""
    for _ in range(5):
        queue_photo(alice)
    Stylization.objects.update(created_at=timezone.now())
    return [str(pk) for pk in Stylization.objects.order_by("-created_at", "-pk").values_list("pk", flat=True)]


def ids(page: dict) -> list[str]:
    return [row["id"] for row in page["results"]]


def test_from_page_to_page_and_back(alices_program: Client, jobs: list[str]) -> None:
    first = alices_program.get(JOBS, {"page_size": 2}).json()
    assert first.keys() == {"next", "previous", "results"}
    assert (ids(first), first["previous"]) == (jobs[:2], None)
    second = alices_program.get(first["next"]).json()
    assert ids(second) == jobs[2:4]
    third = alices_program.get(second["next"]).json()
    assert (ids(third), third["next"]) == (jobs[4:], None)
    assert ids(alices_program.get(third["previous"]).json()) == jobs[2:4]
    back = alices_program.get(alices_program.get(third["previous"]).json()["previous"]).json()
    assert (ids(back), back["previous"]) == (jobs[:2], None)


def test_what_comes_and_goes_neither_repeats_nor_hides(
    alices_program: Client, alice: User, jobs: list[str], queue_photo: Queue
) -> None:
    first = alices_program.get(JOBS, {"page_size": 2}).json()
    queue_photo(alice)
    Stylization.objects.filter(pk__in=jobs[1:3]).delete()
    second = alices_program.get(first["next"]).json()
    assert ids(second) == jobs[3:]
    Stylization.objects.filter(pk__in=jobs[3:]).delete()
    assert alices_program.get(first["next"]).json() == {"next": None, "previous": None, "results": []}


def test_the_other_order(alices_program: Client, jobs: list[str]) -> None:
    first = alices_program.get(JOBS, {"page_size": 3, "ordering": "created_at"}).json()
    assert ids(first) == jobs[:1:-1]
    assert ids(alices_program.get(first["next"]).json()) == jobs[1::-1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        *(
            ({"page_size": size}, "page_size_invalid")
            for size in ("0", "-1", "201", "x", "", "1.5", "99999999999", "²")
        ),
        *(
            ({"ordering": order}, "ordering_invalid")
            for order in ("", "-", "owner", "--created_at", "photo__name", "?")
        ),
        *(
            ({"cursor": cursor}, "cursor_invalid")
            for cursor in ("", "x", "a", "aWzFd", "b!!", "aWyJ4IiwgMV0", "é", "\0")
        ),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(alices_program: Client, jobs: list[str], query: dict[str, str], code: str) -> None:
    response = alices_program.get(JOBS, query)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == code
    assert error["fields"].keys() == query.keys()


def test_a_cursor_shows_nobody_elses(
    alices_program: Client, charlie: User, program: Callable[[User], Client], anyone: Client, jobs: list[str]
) -> None:
    address = alices_program.get(JOBS, {"page_size": 2}).json()["next"]
    assert program(charlie).get(address).json()["results"] == []
    assert anyone.get(address).status_code == 401


def test_the_catalog_in_its_own_order(anyone: Client, make_style: Callable[..., Style]) -> None:
    for slug, position in (("c", 1), ("a", 2), ("b", 2)):
        make_style(slug, position=position)
    found, address = [], "/api/v1/styles/?page_size=1"
    while address:
        page = anyone.get(address).json()
        found += [style["slug"] for style in page["results"]]
        address = page["next"]
    assert found == ["c", "a", "b"]


def test_cursors_of_tokens_do_not_name_their_digests(alices_program: Client, alice: User) -> None:
    tokens = [ApiToken.issue(alice, days=1)[0] for _ in range(3)]
    page = alices_program.get("/api/v1/auth/tokens/", {"page_size": 2}).json()
    assert len(page["results"]) == 2
    rest = alices_program.get(page["next"]).json()["results"]
    assert {row["id"] for row in page["results"] + rest} >= {str(token.public_id) for token in tokens}

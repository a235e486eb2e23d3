"""The header counts the results that their owner has not looked at."""

from __future__ import annotations

import pytest
from django.test import Client

from stylizer.models import Batch, Stylization


def count(client: Client) -> int | None:
    page = client.get("/studio/")
    ready = page.context["unseen_results"]()
    assert ("nav__count" in page.content.decode()) == bool(ready)
    return ready


@pytest.mark.parametrize("address", ["/stylizations/", "/stylizations/{job}/", "/batches/{batch}/"])
def test_looking_at_it_is_seeing_it(as_alice: Client, alice, alices_job: Stylization, address: str) -> None:
    batch = Batch.objects.create(owner=alice, name="Some")
    Stylization.objects.update(batch=batch)
    assert count(as_alice) == 1
    as_alice.get(address.format(job=alices_job.pk, batch=batch.pk))
    assert count(as_alice) == 0


def test_a_program_that_fetches_it_has_seen_it(
    as_alice: Client, alices_program: Client, alices_job: Stylization
) -> None:
    alices_program.get(f"/api/v1/stylizations/{alices_job.pk}/")
    assert count(as_alice) == 1
    assert alices_program.get(f"/api/v1/stylizations/{alices_job.pk}/result/").getvalue()
    assert count(as_alice) == 0


def test_it_is_nobody_elses(as_charlie: Client, alices_job: Stylization) -> None:
    assert count(as_charlie) == 0
    as_charlie.get(f"/stylizations/{alices_job.pk}/")
    assert Stylization.objects.unseen().count() == 1


def test_what_waits_or_failed_does_not_count(as_alice: Client, alice, queue_photo) -> None:
    queue_photo(alice)
    Stylization.objects.filter(pk=queue_photo(alice).pk).update(status="failed")
    assert count(as_alice) == 0


def test_the_history_says_once_what_is_new(as_alice: Client, alices_job: Stylization) -> None:
    assert ">New</span>" in as_alice.get("/stylizations/").content.decode()
    assert ">New</span>" not in as_alice.get("/stylizations/").content.decode()

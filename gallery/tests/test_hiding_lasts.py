"""What staff hid stays hidden, also when its owner deletes it for good and saves the same painting again."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery import reporting
from gallery.models import Artwork, Hiding
from gallery.publishing import publish
from gallery.saving import save_artwork
from gallery.trash import delete_for_good, move_to_trash
from stylizer.models import Stylization

pytestmark = pytest.mark.django_db


def delete_and_save_again(job: Stylization) -> Artwork:
    move_to_trash(Artwork.objects.filter(stylization=job))
    assert delete_for_good(Artwork.objects.filter(stylization=job)).artworks == 1
    return save_artwork(job)


@pytest.fixture
def hidden(alices_artwork: Artwork, bob: User) -> Artwork:
    publish(Artwork.objects.filter(pk=alices_artwork.pk))
    reporting.hide(alices_artwork, by=bob, reason="A person asked.")
    return alices_artwork


def test_saved_again_it_is_hidden_still_and_says_why(
    hidden: Artwork, alices_job: Stylization, as_alice: Client, as_charlie: Client, bob: User
) -> None:
    again = delete_and_save_again(alices_job)
    assert again.pk != hidden.pk
    assert (again.is_hidden, again.hidden_reason, again.hidden_by) == (True, "A person asked.", bob)
    assert publish(Artwork.objects.filter(pk=again.pk)) == 0
    assert "A person asked." in as_alice.get(again.get_absolute_url()).content.decode()
    assert as_charlie.get(again.get_absolute_url()).status_code == 404


def test_it_lasts_any_number_of_times(hidden: Artwork, alices_job: Stylization) -> None:
    for _ in range(3):
        assert delete_and_save_again(alices_job).is_hidden


def test_what_staff_show_again_is_not_hidden_by_the_past(hidden: Artwork, alices_job: Stylization) -> None:
    again = delete_and_save_again(alices_job)
    assert reporting.show_again(again)
    assert not delete_and_save_again(alices_job).is_hidden
    assert not Hiding.objects.exists()


def test_what_was_not_hidden_is_not(alices_artwork: Artwork, alices_job: Stylization) -> None:
    assert not delete_and_save_again(alices_job).is_hidden


def test_a_work_whose_painting_left_the_history_goes_as_any_other(hidden: Artwork, alices_job: Stylization) -> None:
    alices_job.delete()
    move_to_trash(Artwork.objects.filter(pk=hidden.pk))
    assert delete_for_good(Artwork.objects.filter(pk=hidden.pk)).artworks == 1
    assert not Hiding.objects.exists()

"""Letting people in one by one: a link that works once, for a while, for whom it is meant."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.entrance_forms import SignupForm
from accounts.models import Invitation

PASSWORD = "a long walk home"
SIGNUP = "/accounts/signup/"
ADD = "/admin/accounts/invitation/add/"


@pytest.fixture(autouse=True)
def by_invitation(settings) -> None:
    settings.EASEL_SIGNUP = "invitation"


def signup(client: Client, **fields: str):
    data = {"username": "dora", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(SIGNUP, data | fields)


def link(token: str) -> str:
    return f"/account/invitation/{token}/"


def invite(as_bob: Client, **fields: str) -> str:
    page = as_bob.post(ADD, {"email": "", "days": "7"} | fields).content.decode()
    return re.search(r'value="http://testserver(/account/invitation/[\w-]{43}/)"', page)[1]


def test_nobody_comes_in_without(anyone: Client) -> None:
    for response in (anyone.get(SIGNUP), signup(anyone)):
        assert "Sign-up is by invitation" in response.content.decode()
    assert 'href="/accounts/signup/"' not in anyone.get("/").content.decode()
    assert not User.objects.exists()


def test_a_link_of_staff_lets_one_person_in(as_bob: Client, bob: User, anyone: Client) -> None:
    address = invite(as_bob)
    assert anyone.get(address).url == SIGNUP
    page = anyone.get(SIGNUP).content.decode()
    assert "bob invited you." in page
    assert address.split("/")[3] not in page
    assert signup(anyone).url == "/studio/"
    invitation = Invitation.objects.get()
    assert (invitation.invited_by, invitation.used_by.username) == (bob, "dora")
    assert invitation.used_at is not None

    other = Client()
    response = other.get(address)
    assert response.status_code == 404
    assert "no longer works" in response.content.decode()
    assert "by invitation" in signup(other, username="eve").content.decode()
    assert set(User.objects.values_list("username", flat=True)) == {"bob", "dora"}


def test_two_with_one_link_at_the_same_moment(bob: User) -> None:
    _, token = Invitation.issue(bob)
    first, second = Client(), Client()
    for client in (first, second):
        client.get(link(token))
    assert signup(first).url == "/studio/"
    assert "by invitation" in signup(second, username="eve").content.decode()
    assert not User.objects.filter(username="eve").exists()


def test_the_account_is_not_made_when_the_link_was_used_meanwhile(bob: User, monkeypatch) -> None:
    invitation, token = Invitation.issue(bob)
    client = Client()
    client.get(link(token))
    clean = SignupForm.clean

    def clean_slowly(form: SignupForm):  # between looking for the invitation and using it up
        Invitation.objects.filter(pk=invitation.pk).update(used_at=timezone.now())
        return clean(form)

    monkeypatch.setattr(SignupForm, "clean", clean_slowly)
    response = signup(client)
    assert response.url == SIGNUP
    assert "by invitation" in client.get(SIGNUP).content.decode()
    assert list(User.objects.all()) == [bob]


def test_a_refused_sign_up_leaves_the_link_good(bob: User, anyone: Client) -> None:
    _, token = Invitation.issue(bob)
    anyone.get(link(token))
    assert signup(anyone, password2="something else").context["form"].errors
    assert signup(anyone).url == "/studio/"


def test_a_link_ends_with_its_time(bob: User, anyone: Client) -> None:
    _, token = Invitation.issue(bob)
    anyone.get(link(token))
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "by invitation" in signup(anyone).content.decode()
    assert anyone.get(link(token)).status_code == 404
    assert list(User.objects.all()) == [bob]


def test_a_deleted_invitation_lets_nobody_in(bob: User, anyone: Client) -> None:
    _, token = Invitation.issue(bob)
    anyone.get(link(token))
    Invitation.objects.all().delete()
    assert "by invitation" in signup(anyone).content.decode()


def test_an_invitation_for_one_address_makes_no_account_with_another(bob: User, anyone: Client) -> None:
    _, token = Invitation.issue(bob, email="Dora@example.org")
    anyone.get(link(token))
    assert "dora@example.org" in anyone.get(SIGNUP).content.decode()
    assert signup(anyone, email="eve@example.org").url == "/studio/"
    assert User.objects.get(username="dora").email == "dora@example.org"


def test_only_a_hash_is_kept(as_bob: Client) -> None:
    address = invite(as_bob)
    token = address.split("/")[3]
    assert token not in str(Invitation.objects.values().get())
    for page in ("/admin/accounts/invitation/", f"/admin/accounts/invitation/{Invitation.objects.get().pk}/change/"):
        assert token not in as_bob.get(page).content.decode()


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "..", "'", "é"])
def test_a_made_up_link_leads_nowhere(anyone: Client, bob: User, token: str) -> None:
    Invitation.issue(bob)
    assert anyone.get(link(token)).status_code == 404
    assert "by invitation" in signup(anyone).content.decode()


def test_trying_links_out_is_stopped(anyone: Client) -> None:
    codes = [anyone.get(link(f"guess{number}")).status_code for number in range(22)]
    assert codes == [404] * 20 + [429] * 2


def test_it_is_mailed_where_there_is_a_mail_server(as_bob: Client, settings) -> None:
    settings.EMAIL_HOST = "mail.example"
    address = invite(as_bob, email="dora@example.org")
    (message,) = mail.outbox
    assert message.to == ["dora@example.org"]
    assert f"http://testserver{address}" in message.body
    assert "bob invites you" in message.body
    invite(as_bob)
    assert len(mail.outbox) == 1, "one for anybody has nowhere to go"


def test_a_mail_that_cannot_be_sent_is_told_and_the_link_shown(as_bob: Client, settings) -> None:
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = 1  # nobody listens there
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    page = as_bob.post(ADD, {"email": "dora@example.org", "days": "7"}).content.decode()
    assert "It was not mailed: pass it on yourself." in page
    assert "/account/invitation/" in page


def test_inviting_is_for_staff(as_charlie: Client, anyone: Client) -> None:
    for client in (as_charlie, anyone):
        response = client.post(ADD, {"email": "", "days": "7"})
        assert response.status_code == 302
        assert response.url.startswith("/admin/login/")
    assert not Invitation.objects.exists()


def test_closed_is_closed_to_the_invited_too(bob: User, as_bob: Client, anyone: Client, settings) -> None:
    settings.EASEL_SIGNUP = "closed"
    anyone.get(invite(as_bob))
    assert "Sign-up is closed" in signup(anyone).content.decode()
    assert "nobody can use it now" in as_bob.post(ADD, {"email": "", "days": "7"}).content.decode()
    assert list(User.objects.all()) == [bob]


def test_an_open_door_takes_invitations_as_well(bob: User, anyone: Client, settings) -> None:
    settings.EASEL_SIGNUP = "open"
    _, token = Invitation.issue(bob)
    anyone.get(link(token))
    signup(anyone)
    assert Invitation.objects.get().used_by.username == "dora"

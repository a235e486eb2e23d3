"""E-mail addresses are confirmed by a real mail, and nobody learns from the sign-up which ones have an account."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

PASSWORD = "a long walk home"
SIGNUP = "/accounts/signup/"


def signup(client: Client, **fields: str):
    data = {"username": "dora", "email": "dora@example.org", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(SIGNUP, data | fields)


def confirmation_link(message: mail.EmailMessage) -> str:
    return re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(message.body))[1]


def is_signed_in(client: Client) -> bool:
    return client.get("/stylizations/").status_code == 200


def test_optional_lets_in_at_once_and_asks(anyone: Client, db: None, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    signup(anyone)
    assert is_signed_in(anyone)
    (message,) = mail.outbox
    assert message.to == ["dora@example.org"]
    assert not EmailAddress.objects.get().verified
    assert anyone.get(confirmation_link(message)).status_code == 200
    assert not EmailAddress.objects.get().verified, "mail programs look at links before people do"
    anyone.post(confirmation_link(message))
    assert EmailAddress.objects.get().verified


def test_none_sends_nothing(anyone: Client, db: None, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    signup(anyone)
    assert is_signed_in(anyone)
    assert mail.outbox == []


def test_a_made_up_link_confirms_nothing(anyone: Client, db: None, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    signup(anyone)
    link = confirmation_link(mail.outbox[0])
    for wrong in (link[:-4] + "xxx/", "/accounts/confirm-email/MQ:x:y/"):
        anyone.post(wrong)
    assert not EmailAddress.objects.get().verified


@pytest.mark.parametrize("verification", ["none", "optional", "mandatory"])
def test_signing_up_does_not_tell_whose_address_is_known(alice: User, settings, verification: str) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    unknown, known = Client(), Client()
    answers = [
        signup(unknown, username="dora", email="new@example.org"),
        signup(known, username="erik", email=alice.email),
    ]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert is_signed_in(unknown) == is_signed_in(known)
    assert EmailAddress.objects.get(verified=True).user == alice


def test_an_address_that_was_confirmed_cannot_be_taken_over(alice: User, anyone: Client, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    signup(anyone, email=alice.email)
    for message in mail.outbox:
        if "/confirm-email/" in str(message.body):
            anyone.post(confirmation_link(message))
    assert EmailAddress.objects.get(verified=True).user == alice
    fresh = Client()
    fresh.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert fresh.get("/account/").context["user"] == alice


def test_changing_the_address_is_confirmed_as_well(as_alice: Client, alice: User, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    as_alice.post("/accounts/reauthenticate/", {"password": PASSWORD})
    as_alice.post("/accounts/email/", {"action_add": "", "email": "alice@new.example"})
    message = mail.outbox[-1]
    assert message.to == ["alice@new.example"]
    as_alice.post(confirmation_link(message))
    assert EmailAddress.objects.get(email="alice@new.example").verified

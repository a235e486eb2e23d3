"""Signing up, in and out, and passwords: what people do, and what guessing gets."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

PASSWORD = "a long walk home"
NEW_PASSWORD = "another way round"
SIGNUP, LOGIN, LOGOUT = "/accounts/signup/", "/accounts/login/", "/accounts/logout/"


def signup(client: Client, **fields: str):
    data = {"username": "dora", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(SIGNUP, data | fields)


def login(client: Client, name: str = "alice", password: str = PASSWORD, **options):
    return client.post(LOGIN, {"login": name, "password": password}, **options)


def is_signed_in(client: Client) -> bool:
    response = client.get("/stylizations/")
    assert response.status_code in (200, 302)
    return response.status_code == 200


def test_signing_up_leads_to_the_studio(anyone: Client) -> None:
    response = signup(anyone)
    assert (response.status_code, response.url) == (302, "/studio/")
    assert is_signed_in(anyone)
    user = User.objects.get()
    assert (user.username, user.is_staff, user.is_superuser) == ("dora", False, False)
    assert user.check_password(PASSWORD)
    assert not mail.outbox, "nobody has to confirm an address unless that is asked for"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "alice"}, "username"),
        ({"username": "ALICE"}, "username"),
        ({"username": "<script>"}, "username"),
        ({"email": "nonsense"}, "email"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "password", "password2": "password"}, "password1"),
        ({"password1": "8315902476", "password2": "8315902476"}, "password1"),
        ({"password1": "doradora1", "password2": "doradora1", "username": "doradora"}, "password1"),
        ({"password2": "something else"}, "password2"),
    ],
)
def test_signing_up_is_refused_beside_the_field(anyone: Client, alice: User, fields: dict[str, str], field) -> None:
    response = signup(anyone, **fields)
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {field}
    assert f'id="id_{field}_error"' in response.content.decode()
    assert list(User.objects.all()) == [alice]
    assert not is_signed_in(anyone)


def test_signing_up_grants_nothing_that_was_not_offered(anyone: Client) -> None:
    signup(anyone, is_staff="1", is_superuser="1", groups="1")
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_signing_up_can_be_closed(anyone: Client, settings) -> None:
    settings.EASEL_SIGNUP = "closed"
    for response in (anyone.get(SIGNUP), signup(anyone)):
        assert "closed" in response.content.decode().lower()
    assert not User.objects.exists()


def test_addresses_are_confirmed_where_that_is_asked_for(anyone: Client, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    signup(anyone, email="dora@example.org")
    assert not is_signed_in(anyone)
    assert not (login(anyone, "dora") and is_signed_in(anyone))
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mail.outbox[0].body)
    assert anyone.post(link[1]).status_code == 302
    login(anyone, "dora")
    assert is_signed_in(anyone)


@pytest.mark.parametrize("name", ["alice", "alice@example.org", "ALICE@example.org"])
def test_signing_in_by_name_or_address(anyone: Client, alice: User, name: str) -> None:
    response = login(anyone, name)
    assert (response.status_code, response.url) == (302, "/studio/")
    assert is_signed_in(anyone)


def test_signing_in_leads_back_to_where_one_was(anyone: Client, alice: User) -> None:
    asked = anyone.get("/gallery/mine/")
    assert asked.url == f"{LOGIN}?next=/gallery/mine/"
    assert 'name="next"' in anyone.get(asked.url).content.decode()
    response = anyone.post(LOGIN, {"login": "alice", "password": PASSWORD, "next": "/gallery/mine/"})
    assert response.url == "/gallery/mine/"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "https://testserver@evil.example/",
        "\thttps://evil.example",
    ],
)
def test_nobody_is_led_to_another_site(anyone: Client, alice: User, target: str) -> None:
    by_address = anyone.post(f"{LOGIN}?next={target}", {"login": "alice", "password": PASSWORD})
    assert by_address.url == "/studio/"
    anyone.logout()
    by_form = anyone.post(LOGIN, {"login": "alice", "password": PASSWORD, "next": target})
    assert by_form.url == "/studio/"
    out = anyone.post(LOGOUT, {"next": target})
    assert out.url == "/"


def test_a_wrong_name_is_not_told_from_a_wrong_password(anyone: Client, alice: User) -> None:
    answers = [login(anyone, *wrong) for wrong in (("alice", "wrong"), ("nobody", "wrong"), ("nobody@x.org", "wrong"))]
    assert [answer.status_code for answer in answers] == [200] * 3
    errors = [str(answer.context["form"].errors) for answer in answers]
    assert errors[1] == errors[0]
    assert not is_signed_in(anyone)


def test_a_closed_account_stays_out(anyone: Client, alice: User) -> None:
    alice.is_active = False
    alice.save()
    login(anyone)
    assert not is_signed_in(anyone)


def test_guessing_a_password_is_stopped(alice: User) -> None:
    for number in range(5):
        login(Client(), password=f"guess {number}")
    owner = Client()
    response = login(owner)
    assert response.status_code in (200, 429)
    assert not is_signed_in(owner), "even the right one is not taken now"
    assert "Too many" in response.content.decode()


def test_signing_out_asks_and_takes_a_post(as_alice: Client) -> None:
    assert as_alice.get(LOGOUT).status_code == 200
    assert is_signed_in(as_alice), "a picture on another site could sign people out otherwise"
    assert as_alice.post(LOGOUT).url == "/"
    assert not is_signed_in(as_alice)


def test_changing_the_password(as_alice: Client, alice: User) -> None:
    page = "/accounts/password/change/"
    data = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    wrong = as_alice.post(page, data | {"oldpassword": "wrong"})
    assert wrong.context["form"].errors.keys() == {"oldpassword"}
    elsewhere = Client()
    assert login(elsewhere).status_code == 302
    assert as_alice.post(page, data).status_code == 302
    assert is_signed_in(as_alice), "here one stays"
    assert not is_signed_in(elsewhere), "and elsewhere one is signed out"
    login(elsewhere)
    assert not is_signed_in(elsewhere)
    login(elsewhere, password=NEW_PASSWORD)
    assert is_signed_in(elsewhere)


def test_resetting_the_password_by_mail(anyone: Client, alice: User) -> None:
    assert anyone.post("/accounts/password/reset/", {"email": "alice@example.org"}).status_code == 302
    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", message.body)[1]
    form = anyone.get(link, follow=True)
    assert form.status_code == 200
    target = form.redirect_chain[-1][0]
    assert "set-password" in target, "the key is not left in the address, where other pages could read it"
    done = anyone.post(target, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert done.status_code == 302
    assert login(Client()).status_code == 200, "the old one is no good any more"
    assert login(anyone, password=NEW_PASSWORD).status_code == 302
    again = Client().get(link, follow=True).content.decode()
    assert "password1" not in again, "a link works once"


def test_a_reset_does_not_tell_who_has_an_account(anyone: Client, alice: User) -> None:
    known, unknown = (
        anyone.post("/accounts/password/reset/", {"email": address}, follow=True)
        for address in ("alice@example.org", "nobody@example.org")
    )
    assert known.redirect_chain == unknown.redirect_chain
    assert [message.to for message in mail.outbox] == [["alice@example.org"], ["nobody@example.org"]]
    assert "/password/reset/key/" not in mail.outbox[1].body


def test_a_reset_link_is_not_made_from_a_host_somebody_else_chose(anyone: Client, alice: User, settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    data = {"email": "alice@example.org"}
    assert anyone.post("/accounts/password/reset/", data, headers={"host": "evil.example"}).status_code == 400
    anyone.post("/accounts/password/reset/", data, headers={"host": "localhost", "x-forwarded-host": "evil.example"})
    assert "evil.example" not in "".join(message.body for message in mail.outbox)
    assert "http://localhost/accounts/password/reset/key/" in mail.outbox[0].body

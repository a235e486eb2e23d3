"""Where one is signed in: the list, signing out there, and what signing in does to a session."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.device_name import device_name

PASSWORD = "a long walk home"
PAGE = "/account/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"


def sign_in(name: str, user_agent: str) -> Client:
    client = Client(headers={"user-agent": user_agent})
    assert client.post("/accounts/login/", {"login": name, "password": PASSWORD}).status_code == 302
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/stylizations/").status_code == 200


@pytest.fixture
def desk(alice: User) -> Client:
    return sign_in("alice", FIREFOX)


@pytest.fixture
def phone(alice: User) -> Client:
    return sign_in("alice", SAFARI)


def session_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def test_the_list_names_each_browser_this_one_first(desk: Client, phone: Client) -> None:
    page = desk.get(PAGE).content.decode()
    assert page.index("Firefox on Linux") < page.index("This device") < page.index("Safari on iPhone")
    assert "127.0.0.1" in page
    assert page.count("This device") == 1


def test_others_sessions_are_not_listed_nor_ended(desk: Client, charlie: User) -> None:
    theirs = sign_in("charlie", SAFARI)
    assert "iPhone" not in desk.get(PAGE).content.decode()
    assert desk.post(f"{PAGE}{session_of(theirs).pk}/end/").status_code == 404
    desk.post(f"{PAGE}end-others/")
    assert is_signed_in(theirs)


def test_one_is_signed_out(desk: Client, phone: Client) -> None:
    assert desk.post(f"{PAGE}{session_of(phone).pk}/end/").url == PAGE
    assert [is_signed_in(desk), is_signed_in(phone)] == [True, False]
    assert "iPhone" not in desk.get(PAGE).content.decode().replace("Safari on iPhone is signed out.", "")


def test_this_one_is_signed_out(desk: Client, phone: Client) -> None:
    assert desk.post(f"{PAGE}{session_of(desk).pk}/end/").url == "/"
    assert [is_signed_in(desk), is_signed_in(phone)] == [False, True]


def test_all_others_are_signed_out(desk: Client, phone: Client) -> None:
    third = sign_in("alice", SAFARI)
    desk.post(f"{PAGE}end-others/")
    assert [is_signed_in(client) for client in (desk, phone, third)] == [True, False, False]
    assert Session.objects.count() == 1, "nothing of theirs is left to be found"


def test_a_session_of_before_comes_into_the_list(as_alice: Client) -> None:
    assert not UserSession.objects.exists()
    as_alice.get("/studio/")
    assert UserSession.objects.get().session_key == as_alice.session.session_key


def test_being_seen_is_noted_every_five_minutes(desk: Client) -> None:
    desk.get("/studio/")
    session = session_of(desk)
    UserSession.objects.update(last_seen_at=session.last_seen_at - timedelta(hours=1))
    desk.get("/studio/")
    assert session_of(desk).last_seen_at < session.last_seen_at, "not at every request"
    data = desk.session
    data["seen_at"] -= 301
    data.save()
    desk.get("/studio/")
    assert session_of(desk).last_seen_at >= session.last_seen_at


def test_a_request_that_asks_nobody_who_they_are_costs_nothing(desk: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        desk.get("/healthz")


def test_signing_in_gives_the_session_a_new_key(alice: User) -> None:
    client = Client()
    session = client.session  # as if somebody else had set the visitor's cookie
    session["planted"] = "1"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert is_signed_in(client)
    assert client.session.session_key != before
    attacker = Client()
    attacker.cookies["sessionid"] = before
    assert not is_signed_in(attacker)
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_up_gives_the_session_a_new_key(db: None) -> None:
    client = Client()
    session = client.session
    session["planted"] = "1"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    data = {"username": "dora", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", data)
    assert is_signed_in(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) Version/17.6 Safari/605.1.15", "Safari on macOS"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_by_name(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


def test_what_a_browser_says_of_itself_is_not_taken_for_html(alice: User) -> None:
    client = sign_in("alice", "<script>alert(1)</script>")
    page = client.get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_page_is_shown_where_the_address_cannot_be_told(as_alice: Client, settings, caplog) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert as_alice.get("/studio/", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 200
    assert "cannot be listed" in caplog.text

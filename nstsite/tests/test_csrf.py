"""No other site can make a signed-in browser do anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from gallery.models import Artwork
from stylizer.models import Stylization
from stylizer.tests import pictures
from stylizer.tests.traces import stored_files

# Programs send a token that browsers do not attach by themselves; signed-in browsers are checked there too.
WITHOUT_CHECK = {"/api/v1/auth/token/"}


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    for entry in patterns:
        route = prefix + str(entry.pattern).replace("^", "").replace("$", "")
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        else:
            yield route


def filled(route: str, job: Stylization, artwork: Artwork) -> str:
    pk = artwork.pk if route.startswith("/gallery/<") else job.pk
    route = re.sub(r"<(uuid|str):\w+>|<path:\w+>|<id>|\(\?P<pk>[^)]*\)", str(pk), route)
    route = re.sub(r"<int:\w+>", "1", route)
    route = re.sub(r"<slug:kind>", "result", route)
    route = re.sub(r"<slug:sha256>", "0" * 64, route)
    route = re.sub(r"<slug:token>|<int:pk>", "1", route)
    return re.sub(r"<slug:slug>|\(\?P<slug>[^)]*\)|\(\?P<\w+>[^)]*\)", "waves", route)


@pytest.fixture
def strict(bob: User) -> Client:
    """The browser of the one who may do everything, on a page of another site."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    return client


def test_every_post_without_the_token_is_refused(
    strict: Client, alices_job: Stylization, alices_artwork: Artwork
) -> None:
    addresses = {filled(route, alices_job, alices_artwork) for route in routes(get_resolver().url_patterns)}
    assert not [address for address in addresses if "<" in address or "(" in address]
    before = [Stylization.objects.values().get(), Artwork.objects.values().get(), stored_files(), User.objects.count()]
    answers = {address: strict.post(address).status_code for address in addresses - WITHOUT_CHECK}
    # 405: an address that takes no POST at all.
    assert {address: status for address, status in answers.items() if status not in (403, 405)} == {}
    assert {"/studio/", "/accounts/login/", "/stylize", "/admin/stylizer/style/add/"} <= {
        address for address, status in answers.items() if status == 403
    }
    after = [Stylization.objects.values().get(), Artwork.objects.values().get(), stored_files(), User.objects.count()]
    assert after == before


def test_the_exception_ignores_who_is_signed_in(strict: Client, bob: User) -> None:
    response = strict.post("/api/v1/auth/token/", {"username": "bob", "password": "wrong"})
    assert response.status_code == 400


def test_the_studios_form_carries_its_token(alice: User, style) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/studio/").content.decode())
    data = {"photo": SimpleUploadedFile("p.jpg", pictures.jpeg()), "style": "waves"}
    assert client.post("/studio/", data).status_code == 403
    data["photo"].seek(0)
    assert client.post("/studio/", data | {"csrfmiddlewaretoken": token[1]}).status_code == 302


def test_a_refused_form_gets_a_page_of_ours(strict: Client) -> None:
    response = strict.post("/studio/")
    assert response.status_code == 403
    assert "Easel" in response.content.decode()
    assert "CSRF verification failed" not in response.content.decode()


def test_a_program_with_a_token_needs_none(alices_program: Client, style) -> None:
    client = Client(enforce_csrf_checks=True, headers={"authorization": alices_program.defaults["HTTP_AUTHORIZATION"]})
    photo = SimpleUploadedFile("p.jpg", pictures.jpeg())
    response = client.post("/api/v1/stylizations/", {"photo": photo, "style": "waves"})
    assert response.status_code == 202

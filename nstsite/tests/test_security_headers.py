"""What every answer tells browsers to refuse, and what HTTPS adds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from gallery.models import Artwork
from stylizer.models import Stylization

PAGES = [
    *("/", "/studio/", "/stylizations/", "/gallery/", "/gallery/mine/", "/healthz", "/api/v1/styles/"),
    *(
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/logout/",
        "/no-such-page/",
        "/api/docs/",
    ),
    *("/admin/", "/admin/stylizer/style/", "/admin/stylizer/style/add/", "/admin/stylizer/stylization/"),
]


def directives(response) -> dict[str, list[str]]:
    policy = response.headers["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in policy.split(";") if part.strip())}


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("who", ["anyone", "as_alice", "as_bob"])
def test_every_page_is_protected(request: pytest.FixtureRequest, who: str, address: str) -> None:
    response = request.getfixturevalue(who).get(address)
    policy = directives(response)
    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert policy.keys() - {"default-src", "img-src", "object-src", "base-uri", "form-action", "frame-ancestors"} == (
        set()
    ), "scripts and styles come from this site alone: default-src"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "*" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_page_of_ours_needs_what_the_policy_forbids(
    anyone: Client, as_alice: Client, alices_job: Stylization, alices_artwork: Artwork
) -> None:
    Artwork.objects.update(is_public=True)
    addresses = [*PAGES[:14], f"/stylizations/{alices_job.pk}/", f"/gallery/{alices_artwork.pk}/"]
    for client in (anyone, as_alice):
        for address in addresses:
            response = client.get(address, follow=True)
            if not response.headers["Content-Type"].startswith("text/html"):
                continue
            page = response.content.decode()
            assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), address
            assert not re.search(r"<script(?![^>]*\ssrc=)", page), address
            assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", page), f"{address} asks other sites"


@pytest.mark.parametrize("kind", ["before", "result", "thumbnail"])
def test_pictures_run_nothing_and_stay_private(as_alice: Client, alices_job: Stylization, kind: str) -> None:
    response = as_alice.get(f"/stylizations/{alices_job.pk}/files/{kind}/")
    assert response.getvalue()
    assert response.headers["Content-Type"] == ("image/webp" if kind == "thumbnail" else "image/jpeg")
    assert directives(response) == {"sandbox": [], "default-src": ["'none'"]}
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"].startswith("private")


def test_a_picture_of_a_style_is_for_everybody(anyone: Client, style) -> None:
    response = anyone.get(f"/styles/{style.slug}/preview/")
    assert response.getvalue()
    assert response.headers["Cache-Control"].startswith("public")
    assert "sandbox" in directives(response)


def test_cookies(alice, anyone: Client) -> None:
    anyone.get("/accounts/login/")
    anyone.post("/accounts/login/", {"login": "alice", "password": "a long walk home"})
    session = anyone.cookies[settings.SESSION_COOKIE_NAME]
    assert session["httponly"] is True
    assert session["samesite"] == anyone.cookies[settings.CSRF_COOKIE_NAME]["samesite"] == "Lax"


def test_a_host_that_is_not_ours_is_refused(anyone: Client, settings) -> None:
    settings.ALLOWED_HOSTS = ["easel.example"]
    assert anyone.get("/", headers={"host": "evil.example"}).status_code == 400
    assert anyone.get("/", headers={"host": "easel.example"}).status_code == 200


SCRIPT = """
import json, django
from django.conf import settings
django.setup()
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING")
names = ["DEBUG", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
         "SECURE_PROXY_SSL_HEADER"]
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def deployed(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "EASEL_DATA_DIR": str(folder)} | variables
    environment["DJANGO_SETTINGS_MODULE"] = "nstsite.settings"
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )


def test_https_switches_everything_on_that_djangos_own_check_asks_for(tmp_path: Path) -> None:
    run = deployed(
        tmp_path, EASEL_HTTPS="1", EASEL_ALLOWED_HOSTS="easel.example", EASEL_TRUSTED_PROXIES="1", EASEL_DEBUG=""
    )
    assert run.returncode == 0, run.stderr
    values = json.loads(run.stdout.splitlines()[-1])
    assert values == {
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
    }


def test_the_check_does_object_without_https(tmp_path: Path) -> None:
    run = deployed(tmp_path, EASEL_ALLOWED_HOSTS="easel.example")
    assert run.returncode != 0
    assert "security.W008" in run.stderr

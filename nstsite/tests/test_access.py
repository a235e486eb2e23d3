"""Who gets what at every address: one row each, and an address without a row fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, Scope
from gallery.models import Album, AlbumEntry, Artwork, Report, Star, UnlistedLink
from nstsite.env import PROJECT_DIR
from nstsite.tests.addresses import walk
from nstsite.tests.alices_things import make_things
from nstsite.tests.live.tour import TOURED
from stylizer.models import Style, Stylization, Webhook, WebhookDelivery
from stylizer.tests import pictures
from stylizer.tests.traces import stored_files

LOGIN = "sent to sign in"
ELSEWHERE = "redirected"


@dataclass(frozen=True)
class Row:
    """One request and what each of the cast is answered; ``{job}`` is Alice's, ``{artwork}`` her private one …"""

    name: str
    method: str
    anonymous: int | str
    charlie: int | str
    bob: int | str
    alice: int | str
    args: tuple[str, ...] = ()
    data: dict[str, str] = field(default_factory=dict)
    api: bool = False

    def __str__(self) -> str:
        return " ".join([self.method, self.name, *self.args])


JOB, KEPT, ALBUM, PHOTO, BATCH = ("{job}",), ("{artwork}",), ("{album}",), ("{photo}",), ("{batch}",)
WAVES = ("waves",)
HOOK, SENT = ("{hook}",), ("{hook}", "{delivery}")
FILES = [(*JOB, kind) for kind in ("before", "result", "thumbnail")]
ROWS = [
    # Pages without anything private.
    Row("home", "GET", 200, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    Row("healthz", "GET", 200, 200, 200, 200),
    Row("readyz", "GET", 503, 503, 503, 503),  # no worker was heard of
    Row("metrics", "GET", 404, 404, 404, 404),  # not switched on
    Row("stylizer:style_preview", "GET", 200, 200, 200, 200, ("waves",)),
    Row("stylizer:style_preview", "GET", 404, 404, 404, 404, ("secret",)),
    Row("gallery:public", "GET", 200, 200, 200, 200),
    Row("gallery:style", "GET", 200, 200, 200, 200, ("waves",)),
    Row("gallery:style", "GET", 404, 404, 404, 404, ("secret",)),
    # Everybody's own.
    Row("stylizer:studio", "GET", LOGIN, 200, 200, 200),
    Row("stylizer:studio", "POST", LOGIN, 400, 400, ELSEWHERE, data={"style": "waves", "photo_from": "{job}"}),
    Row("stylizer:history", "GET", LOGIN, 200, 200, 200),
    Row("gallery:mine", "GET", LOGIN, 200, 200, 200),
    Row(
        "gallery:bulk", "POST", LOGIN, ELSEWHERE, ELSEWHERE, ELSEWHERE, data={"artworks": "{artwork}", "verb": "delete"}
    ),
    Row("gallery:starred", "GET", LOGIN, 200, 200, 200),
    Row("gallery:trash", "GET", LOGIN, 200, 200, 200),
    Row("gallery:trash_bulk", "POST", LOGIN, ELSEWHERE, ELSEWHERE, ELSEWHERE, data={"verb": "empty"}),
    Row("gallery:albums", "GET", LOGIN, 200, 200, 200),
    Row("gallery:create_album", "POST", LOGIN, 400, 400, 400, data={"name": ""}),
    *(Row(f"gallery:{verb}", "GET", 405, 405, 405, 405) for verb in ("bulk", "trash_bulk", "create_album")),
    # Alice's job.
    Row("stylizer:detail", "GET", LOGIN, 404, 404, 200, JOB),
    Row("stylizer:detail", "HEAD", LOGIN, 404, 404, 200, JOB),
    Row("stylizer:status", "GET", LOGIN, 404, 404, 200, JOB),
    *(Row("stylizer:file", "GET", LOGIN, 404, 404, 200, args) for args in FILES),
    Row("stylizer:file", "HEAD", LOGIN, 404, 404, 200, (*JOB, "result")),
    Row("stylizer:file", "GET", LOGIN, 404, 404, 404, (*JOB, "photo")),
    Row("stylizer:finished", "GET", LOGIN, 404, 404, 200, JOB),
    Row("stylizer:finished", "HEAD", LOGIN, 404, 404, 200, JOB),
    Row("stylizer:finished", "POST", 405, 405, 405, 405, JOB),
    Row("stylizer:keep", "POST", LOGIN, 404, 404, ELSEWHERE, JOB, {"strength": "0.5"}),
    Row("stylizer:keep", "GET", 405, 405, 405, 405, JOB),
    Row("stylizer:cancel", "POST", LOGIN, 404, 404, ELSEWHERE, JOB),
    Row("stylizer:retry", "POST", LOGIN, 404, 404, ELSEWHERE, JOB),
    Row("stylizer:delete", "POST", LOGIN, 404, 404, ELSEWHERE, JOB),
    *(Row(f"stylizer:{verb}", "GET", 405, 405, 405, 405, JOB) for verb in ("cancel", "retry", "delete")),
    # A photo of hers, and a batch that her job is part of.
    Row("stylizer:photo_upload", "POST", LOGIN, 400, 400, 400),
    Row("stylizer:photo_upload", "GET", 405, 405, 405, 405),
    Row("stylizer:photo_before", "GET", LOGIN, 404, 404, 200, PHOTO),
    Row("stylizer:photo_remove", "POST", LOGIN, 404, 404, 204, PHOTO),
    Row("stylizer:photo_remove", "GET", 405, 405, 405, 405, PHOTO),
    *(Row(f"stylizer:{name}", "GET", LOGIN, 404, 404, 200, BATCH) for name in ("batch", "batch_status")),
    Row("stylizer:batch_download", "GET", LOGIN, 404, 404, 200, BATCH),
    *(Row(f"stylizer:batch_{verb}", "POST", LOGIN, 404, 404, ELSEWHERE, BATCH) for verb in ("cancel", "retry")),
    *(Row(f"stylizer:batch_{verb}", "GET", 405, 405, 405, 405, BATCH) for verb in ("cancel", "retry")),
    # Alice's photo, small, in the styles.
    Row("stylizer:photo_previews", "GET", LOGIN, 404, 404, 200, PHOTO),
    Row("stylizer:photo_previews", "POST", LOGIN, 404, 404, 200, PHOTO),
    Row("stylizer:photo_preview", "GET", LOGIN, 404, 404, 200, (*PHOTO, "a" * 64)),
    Row("stylizer:photo_preview", "POST", 405, 405, 405, 405, (*PHOTO, "a" * 64)),
    # Alice's private artwork.
    Row("gallery:save", "POST", LOGIN, 404, 404, ELSEWHERE, JOB),
    Row("gallery:save", "GET", 405, 405, 405, 405, JOB),
    Row("gallery:detail", "GET", 404, 404, 404, 200, KEPT),
    Row("gallery:file", "GET", 404, 404, 404, 200, (*KEPT, "image")),
    Row("gallery:file", "GET", 404, 404, 404, 200, (*KEPT, "thumbnail")),
    Row("gallery:file", "GET", 404, 404, 404, 404, (*KEPT, "photo")),
    Row("gallery:rename", "POST", LOGIN, 404, 404, ELSEWHERE, KEPT, {"title": "Mine now"}),
    Row("gallery:publish", "POST", LOGIN, 404, 404, ELSEWHERE, KEPT, {"is_public": "1"}),
    Row("gallery:delete", "POST", LOGIN, 404, 404, ELSEWHERE, KEPT),
    Row("gallery:star", "POST", LOGIN, 404, 404, ELSEWHERE, KEPT, {"starred": "1"}),
    Row("gallery:create_link", "POST", LOGIN, 404, 404, ELSEWHERE, KEPT, {"lifetime": "7"}),
    Row("gallery:report", "GET", LOGIN, 404, 404, 404, KEPT),
    Row("gallery:report", "POST", LOGIN, 404, 404, 404, KEPT, {"reason": "spam"}),
    *(
        Row(f"gallery:{verb}", "GET", 405, 405, 405, 405, KEPT)
        for verb in ("rename", "publish", "delete", "star", "create_link")
    ),
    # Alice's album and her unlisted link to the artwork.
    Row("gallery:album", "GET", LOGIN, 404, 404, 200, ALBUM),
    Row("gallery:rename_album", "POST", LOGIN, 404, 404, ELSEWHERE, ALBUM, {"name": "Mine now"}),
    Row("gallery:delete_album", "POST", LOGIN, 404, 404, ELSEWHERE, ALBUM),
    *(Row(f"gallery:{verb}_album", "GET", 405, 405, 405, 405, ALBUM) for verb in ("rename", "delete")),
    Row("gallery:link", "GET", 200, 200, 200, 200, ("{secret}",)),
    Row("gallery:link", "GET", 404, 404, 404, 404, ("no-such-token",)),
    *(Row("gallery:link_file", "GET", 200, 200, 200, 200, ("{secret}", kind)) for kind in ("image", "thumbnail")),
    Row("gallery:link_file", "GET", 404, 404, 404, 404, ("no-such-token", "image")),
    Row("gallery:revoke_link", "POST", LOGIN, 404, 404, ELSEWHERE, ("{link}",)),
    Row("gallery:revoke_link", "GET", 405, 405, 405, 405, ("{link}",)),
    # The API.
    *(Row(name, "GET", 200, 200, 200, 200, api=True) for name in ("openapi-json", "openapi-yaml", "api-docs")),
    Row("auth_api:token", "POST", 400, 400, 400, 400, api=True),
    Row("auth_api:token-list", "GET", 401, 200, 200, 200, api=True),
    Row("auth_api:token-detail", "DELETE", 401, 404, 404, 204, ("{token}",), api=True),
    Row("auth_api:token-list", "POST", 401, 403, 403, 403, api=True),
    Row("me_api:me", "GET", 401, 200, 200, 200, api=True),
    Row("me_api:export", "POST", 401, 200, 200, 200, api=True),
    Row("me_api:delete", "POST", 401, 400, 409, 400, api=True),
    Row("api:style-list", "GET", 200, 200, 200, 200, api=True),
    Row("api:style-detail", "GET", 200, 200, 200, 200, ("waves",), api=True),
    Row("api:style-detail", "GET", 404, 404, 404, 404, ("secret",), api=True),
    Row("api:style-preview", "GET", 200, 200, 200, 200, ("waves",), api=True),
    Row("api:style-preview", "GET", 404, 404, 404, 404, ("secret",), api=True),
    Row("api:photo-list", "GET", 401, 200, 200, 200, api=True),
    Row("api:photo-list", "POST", 401, 400, 400, 400, api=True),
    Row("api:photo-detail", "GET", 401, 404, 404, 200, PHOTO, api=True),
    Row("api:photo-detail", "DELETE", 401, 404, 404, 409, PHOTO, api=True),
    Row("api:photo-picture", "GET", 401, 404, 404, 200, PHOTO, api=True),
    Row("api:photo-previews", "GET", 401, 404, 404, 200, PHOTO, api=True),
    Row("api:photo-previews", "POST", 401, 404, 404, 200, PHOTO, api=True),
    Row("api:photo-preview", "GET", 401, 404, 404, 404, (*PHOTO, "waves"), api=True),
    Row("api:stylization-list", "GET", 401, 200, 200, 200, api=True),
    Row("api:stylization-list", "POST", 401, 400, 400, 400, data={"style": "waves"}, api=True),
    Row("api:stylization-detail", "GET", 401, 404, 404, 200, JOB, api=True),
    Row("api:stylization-detail", "HEAD", 401, 404, 404, 200, JOB, api=True),
    Row("api:stylization-detail", "DELETE", 401, 404, 404, 204, JOB, api=True),
    Row("api:stylization-cancel", "POST", 401, 404, 404, 409, JOB, api=True),
    Row("api:stylization-retry", "POST", 401, 404, 404, 409, JOB, api=True),
    Row("api:stylization-keep", "POST", 401, 404, 404, 200, JOB, {"strength": "0.5"}, api=True),
    Row("api:stylization-result", "GET", 401, 404, 404, 200, JOB, api=True),
    Row("api:stylization-thumbnail", "GET", 401, 404, 404, 200, JOB, api=True),
    Row("api:stylization-events", "GET", 401, 404, 404, 200, JOB, api=True),
    Row("api:batch-list", "POST", 401, 400, 400, 400, data={"style": "waves"}, api=True),
    Row("api:batch-list", "GET", 401, 200, 200, 200, api=True),
    Row("api:batch-detail", "GET", 401, 404, 404, 200, BATCH, api=True),
    *(
        # Bob's token is for administration; of one that is not, test_api_catalog.py tells.
        Row(f"api:{name}", method, 401, 403, bob, 403, args, api=True)
        for name, method, bob, args in (
            ("catalog-style-list", "GET", 200, ()),
            ("catalog-style-detail", "GET", 200, WAVES),
            ("catalog-style-detail", "PATCH", 200, WAVES),
            ("catalog-style-preview", "GET", 200, WAVES),
            ("catalog-style-usage", "GET", 200, WAVES),
            ("catalog-style-decisions", "GET", 200, WAVES),
            ("catalog-style-decisions", "POST", 400, WAVES),
            ("catalog-style-measure", "POST", 202, WAVES),
            ("catalog-style-checkpoint", "POST", 400, WAVES),
            ("intake-list", "GET", 200, ()),
            ("intake-list", "POST", 400, ()),
            ("intake-detail", "GET", 404, JOB),
            ("intake-cancel", "POST", 404, JOB),
        )
    ),
    Row("gallery_api:artwork-list", "GET", 401, 200, 200, 200, api=True),
    Row("gallery_api:artwork-list", "POST", 401, 400, 400, 200, data={"stylization": "{job}"}, api=True),
    Row("gallery_api:artwork-public", "GET", 200, 200, 200, 200, api=True),
    Row("gallery_api:artwork-starred", "GET", 401, 200, 200, 200, api=True),
    Row("gallery_api:trash", "GET", 401, 200, 200, 200, api=True),
    Row("gallery_api:trash", "DELETE", 401, 204, 204, 204, api=True),
    Row("gallery_api:artwork-detail", "GET", 404, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:artwork-detail", "PATCH", 401, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:artwork-detail", "DELETE", 401, 404, 404, 409, KEPT, api=True),
    Row("gallery_api:artwork-trash", "POST", 401, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:artwork-restore", "POST", 401, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:artwork-star", "PUT", 401, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:artwork-star", "DELETE", 401, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:artwork-report", "POST", 401, 404, 404, 404, KEPT, api=True),
    Row(
        "gallery_api:artwork-bulk",
        "POST",
        *(401, 400, 400, 200),
        data={"verb": "make_private", "artworks": "{artwork}"},
        api=True,
    ),
    Row("gallery_api:artwork-image", "GET", 404, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:artwork-thumbnail", "GET", 404, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:link-list", "GET", 401, 404, 404, 200, KEPT, api=True),
    Row("gallery_api:link-list", "POST", 401, 404, 404, 201, KEPT, api=True),
    Row("gallery_api:link-detail", "DELETE", 401, 404, 404, 204, (*KEPT, "{link}"), api=True),
    Row("gallery_api:album-list", "GET", 401, 200, 200, 200, api=True),
    Row("gallery_api:album-list", "POST", 401, 400, 400, 400, data={"name": ""}, api=True),
    Row("gallery_api:album-detail", "GET", 401, 404, 404, 200, ALBUM, api=True),
    Row("gallery_api:album-detail", "PATCH", 401, 404, 404, 200, ALBUM, api=True),
    Row("gallery_api:album-detail", "DELETE", 401, 404, 404, 204, ALBUM, api=True),
    Row("gallery_api:album-artworks", "GET", 401, 404, 404, 200, ALBUM, api=True),
    Row("gallery_api:album-artworks", "POST", 401, 404, 404, 200, ALBUM, {"artworks": "{artwork}"}, api=True),
    Row("gallery_api:album-artwork", "DELETE", 401, 404, 404, 404, (*ALBUM, *KEPT), api=True),
    Row("api:batch-detail", "DELETE", 401, 404, 404, 204, BATCH, api=True),
    *(Row(f"api:batch-{verb}", "POST", 401, 404, 404, 409, BATCH, api=True) for verb in ("cancel", "retry")),
    *(Row(f"api:batch-{name}", "GET", 401, 404, 404, 200, BATCH, api=True) for name in ("zip", "events")),
    Row("api:webhook-list", "GET", 401, 200, 200, 200, api=True),
    Row("api:webhook-list", "POST", 401, 400, 400, 400, data={"target_url": "https://127.0.0.1/"}, api=True),
    Row("api:webhook-detail", "GET", 401, 404, 404, 200, HOOK, api=True),
    Row("api:webhook-detail", "PATCH", 401, 404, 404, 200, HOOK, api=True),
    Row("api:webhook-detail", "DELETE", 401, 404, 404, 204, HOOK, api=True),
    Row("api:webhook-rotate-secret", "POST", 401, 404, 404, 200, HOOK, api=True),
    Row("api:webhook-test", "POST", 401, 404, 404, 202, HOOK, api=True),
    Row("api:webhook-delivery-list", "GET", 401, 404, 404, 200, HOOK, api=True),
    Row("api:webhook-delivery-detail", "GET", 401, 404, 404, 200, SENT, api=True),
    Row("api:webhook-delivery-redeliver", "POST", 401, 404, 404, 409, SENT, api=True),
    Row("stylize", "POST", 401, 400, 400, 400, api=True),
    Row("stylize_download", "POST", 401, 400, 400, 400, api=True),
    # Accounts: what an anonymous visitor must be able to do, and what one must not.
    Row("account_login", "GET", 200, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    Row("account_signup", "GET", 200, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    Row("account_reset_password", "GET", 200, 200, 200, 200),
    Row("account_reset_password_done", "GET", 200, 200, 200, 200),
    Row("account_reset_password_from_key", "GET", 200, 200, 200, 200, ("1", "not-a-key")),
    Row("account_reset_password_from_key_done", "GET", 200, 200, 200, 200),
    Row("account_inactive", "GET", 200, 200, 200, 200),
    Row("account_email_verification_sent", "GET", 200, 200, 200, 200),
    Row("account_confirm_email", "GET", 200, 200, 200, 200, ("not-a-key",)),
    Row("account_logout", "GET", ELSEWHERE, 200, 200, 200),
    Row("account_confirm_login_code", "GET", ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    Row("account_reauthenticate", "GET", LOGIN, 200, 200, 200),
    Row("account_email", "GET", LOGIN, 200, 200, 200),
    Row("account_change_password", "GET", LOGIN, 200, 200, 200),
    Row("account_set_password", "GET", LOGIN, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    Row("accounts:overview", "GET", LOGIN, 200, 200, 200),
    Row("accounts:sessions", "GET", LOGIN, 200, 200, 200),
    Row("accounts:end_session", "POST", LOGIN, 404, 404, ELSEWHERE, ("{session}",)),
    Row("accounts:end_session", "GET", 405, 405, 405, 405, ("{session}",)),
    Row("accounts:end_other_sessions", "POST", LOGIN, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    Row("accounts:tokens", "GET", LOGIN, 200, 200, 200),
    Row("accounts:tokens", "POST", LOGIN, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    Row("accounts:revoke_token", "POST", LOGIN, 404, 404, ELSEWHERE, ("{token}",)),
    Row("accounts:revoke_token", "GET", 405, 405, 405, 405, ("{token}",)),
    Row("accounts:data", "GET", LOGIN, 200, 200, 200),
    Row("accounts:export", "POST", LOGIN, 200, 200, 200),
    Row("accounts:export", "GET", 405, 405, 405, 405),
    Row("accounts:delete", "GET", LOGIN, 200, 200, 200),
    Row("accounts:delete", "POST", LOGIN, 400, 409, 400),
    Row("accounts:invitation", "GET", 404, 404, 404, 404, ("not-a-token",)),
]


def outcome(response) -> int | str:
    if response.streaming:
        assert response.getvalue() or response.request["REQUEST_METHOD"] == "HEAD"
    if response.status_code != 302:
        return response.status_code
    return LOGIN if response.url.startswith("/accounts/login/?next=") else ELSEWHERE


def alices_things(job: Stylization, artwork: Artwork) -> list[object]:
    rows = [type(row).objects.filter(pk=row.pk).values().first() for row in (job, artwork)]
    models = (Stylization, Artwork, Album, AlbumEntry, UnlistedLink, Star, Report, WebhookDelivery)
    return [
        *rows,
        *Album.objects.values(),
        *Webhook.objects.values(),
        *(model.objects.count() for model in models),
        ApiToken.objects.filter(user=job.owner).count(),
        stored_files(),
    ]


def test_every_address_has_a_row() -> None:
    names = {name for name, _ in walk() if not name.startswith("admin:")}
    assert names == {row.name for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_access(
    row: Row,
    alice: User,
    bob: User,
    charlie: User,
    alices_job: Stylization,
    alices_artwork: Artwork,
    make_style: Callable[..., Style],
    browser: Callable[[User], Client],
    program: Callable[[User], Client],
) -> None:
    make_style("secret", is_published=False)
    ids = make_things(alices_job, alices_artwork)
    address = reverse(row.name, args=[part.format(**ids) for part in row.args])
    data = {key: value.format(**ids) for key, value in row.data.items()}

    def program_of(who: User) -> Client:
        if not who.is_staff:
            return program(who)
        _, text = ApiToken.issue(who, days=1, scopes=Scope.values)  # for administration as well
        return Client(headers={"authorization": f"Token {text}"})

    def ask(who: User | None) -> int | str:
        client = Client() if who is None else (program_of if row.api else browser)(who)
        response = client.post(address, data) if row.method == "POST" else client.generic(row.method, address)
        is_page = response.status_code == 200 and not response.streaming and b"</html>" in response.content
        assert row.name in TOURED or not is_page, "a page without a row in nstsite/tests/live/tour.py"
        return outcome(response)

    before = alices_things(alices_job, alices_artwork)
    answers = {"anonymous": ask(None), "charlie": ask(charlie), "bob": ask(bob)}
    assert alices_things(alices_job, alices_artwork) == before
    answers["alice"] = ask(alice)
    assert answers == {who: getattr(row, who) for who in answers}


def admin_addresses(pk: object) -> set[str]:
    routes = {route for name, route in walk() if name.startswith("admin:")}
    filled = set()
    for route in routes:
        for gap in ("<path:object_id>", "<path:content_type_id>", "<id>", "(?P<url>.*)"):
            route = route.replace(gap, str(pk))
        route = route[: route.index("(?P<app_label>")] + "stylizer/" if "(?P<app_label>" in route else route
        filled.add(route.replace("^", "").replace("$", ""))
    return filled


def test_administration_is_closed_to_everybody_but_staff(
    anyone: Client, as_charlie: Client, as_bob: Client, alices_job: Stylization
) -> None:
    addresses = admin_addresses(alices_job.pk)
    assert "/admin/stylizer/style/add/" in addresses
    assert f"/admin/stylizer/stylization/{alices_job.pk}/change/" in addresses
    assert not [address for address in addresses if "<" in address or "(" in address]
    # Signing out is open to everybody, as such.
    for address in sorted(addresses - {"/admin/logout/"}):
        for client in (anyone, as_charlie):
            response = client.post(address) if "stylizer" in address else client.get(address)
            refused = response.status_code == 302 and response.url.startswith("/admin/login/?next=")
            refused |= response.status_code == 404 and client is as_charlie
            assert refused or address == "/admin/login/", address
    assert anyone.get("/admin/login/?next=/admin/").url == "/accounts/login/?next=/admin/"
    assert as_charlie.get("/admin/login/?next=/admin/").status_code == 404
    for address in ("/admin/", "/admin/stylizer/style/", "/admin/stylizer/style/add/", "/admin/stylizer/stylization/"):
        assert as_bob.get(address).status_code == 200


def test_every_page_of_the_administration_is_toured(as_bob: Client, alices_artwork: Artwork) -> None:
    """Those of Easel's own models and what was added to them; not what Django and libraries bring with theirs."""
    own = {app.label for app in apps.get_app_configs() if Path(app.path).parent == PROJECT_DIR}
    missing = set()
    for name, route in walk():
        app, _, words = name.removeprefix("admin:").partition("_")
        if not name.startswith("admin:") or name in TOURED or app not in own:
            continue
        model = apps.get_model(app, words.partition("_")[0])
        thing = model._default_manager.first()
        address = re.sub(r"<(path|uuid|int|str):\w+>", str(thing.pk if thing else "1"), route)
        response = as_bob.get(address)
        body = response.getvalue() if response.streaming else response.content  # read to its end, which closes the file
        if response.status_code == 200 and b"</html>" in body:
            missing.add(name)
    assert missing == set(), "pages without a row in nstsite/tests/live/tour.py"


def test_no_stored_file_has_an_address_of_its_own(
    anyone: Client, as_alice: Client, as_bob: Client, alices_artwork: Artwork
) -> None:
    names = stored_files()
    assert len(names) == 9, "checkpoint, preview, photo, before, master, result, its thumbnail, and the artwork's two"
    assert settings.MEDIA_URL in ("", "/"), "no address is promised either"
    for name in names:
        for prefix in ("/media/", "/static/", "/", "/static/../media/", "/media/../"):
            for client in (anyone, as_alice, as_bob):
                assert client.get(prefix + name).status_code == 404, prefix + name


def test_ids_that_are_none(as_alice: Client, alices_program: Client) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for pk in (nobody, "1", "not-an-id", "%00", "../../etc/passwd"):
        for address in (f"/stylizations/{pk}/", f"/gallery/{pk}/", f"/stylizations/{pk}/files/result/"):
            assert as_alice.get(address).status_code == 404, address
        assert alices_program.get(f"/api/v1/stylizations/{pk}/").status_code == 404, pk


def test_a_picture_can_be_downloaded_by_name(as_alice: Client, alices_job: Stylization) -> None:
    response = as_alice.get(f"/stylizations/{alices_job.pk}/files/result/?download=1")
    assert response.getvalue()[:3] == pictures.jpeg()[:3]
    assert response.headers["Content-Disposition"].startswith('attachment; filename="waves-')

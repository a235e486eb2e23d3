"""Visit every page of the WSGI application the way a browser and a program would; run by test_web_never_loads_torch.

Prints one JSON object: ``visited`` (address → status, as who) and ``torch`` (modules of torch that were imported).
"""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

from nstsite.wsgi import application  # before anything else: this is what gunicorn loads

# isort: split
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from PIL import Image

from gallery.models import Artwork
from stylizer.models import Style, Stylization


def jpeg(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "JPEG")
    return file.getvalue()


def addresses_without_arguments(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    for entry in patterns:
        route = prefix + str(entry.pattern).lstrip("^").removesuffix("$").removesuffix("\\Z")
        if "<" in route or "(" in route:
            continue
        if isinstance(entry, URLResolver):
            yield from addresses_without_arguments(entry.url_patterns, route)
        else:
            yield route


def tour() -> dict[str, int]:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    style = Style(slug="plain", name="Plain", licence="public domain", checkpoint_sha256="0" * 64)
    style.checkpoint.save("plain.safetensors", ContentFile(b"never opened here"), save=False)
    style.preview.save("plain.jpg", ContentFile(jpeg(64, 48)), save=False)
    style.save()
    alice = User.objects.create_user("alice", password="a long walk home")
    bob = User.objects.create_superuser("bob", password="a long walk home")

    clients = {
        name: Client(raise_request_exception=False, headers={"host": "localhost"})
        for name in ("anyone", "alice", "bob")
    }
    clients["alice"].force_login(alice)
    clients["bob"].force_login(bob)
    token = clients["anyone"].post("/api/v1/auth/token/", {"username": "alice", "password": "a long walk home"}).json()
    clients["program"] = Client(headers={"host": "localhost", "authorization": f"Token {token['token']}"})
    visited: dict[str, int] = {}

    def visit(who: str, address: str, data: dict[str, object] | None = None) -> None:
        client = clients[who]
        answer = client.get(address) if data is None else client.post(address, data)
        # A streamed picture is read to its end, as a browser would.
        _ = answer.getvalue() if answer.streaming else answer.content
        visited[f"{who} {'GET' if data is None else 'POST'} {address}"] = answer.status_code

    photo = {"style": style.slug, "size": "256"}
    visit("alice", reverse("stylizer:studio"), photo | {"photo": SimpleUploadedFile("p.jpg", jpeg(640, 480))})
    visit("program", "/api/v1/stylizations/", photo | {"photo": SimpleUploadedFile("p.jpg", jpeg(64, 48))})
    visit("program", "/stylize", photo | {"file": SimpleUploadedFile("p.jpg", jpeg(64, 48))})

    waiting, painted = Stylization.objects.order_by("created_at")[:2]
    # What a worker would have left behind.
    painted.status, painted.result_width, painted.result_height = "succeeded", 256, 192
    painted.result.save("r.jpg", ContentFile(jpeg(256, 192)), save=False)
    painted.thumbnail.save("t.webp", ContentFile(jpeg(256, 192)), save=False)
    painted.save()
    visit("alice", reverse("gallery:save", args=[painted.pk]), {})
    artwork = Artwork.objects.get()
    visit("alice", reverse("gallery:publish", args=[artwork.pk]), {"is_public": "1"})
    for job in (waiting, painted):
        visit("alice", reverse("stylizer:detail", args=[job.pk]))
        visit("alice", reverse("stylizer:status", args=[job.pk]))
        visit("program", reverse("api:stylization-detail", args=[job.pk]))
    visit("alice", reverse("stylizer:file", args=[painted.pk, "result"]))
    visit("alice", reverse("stylizer:style_preview", args=[style.slug]))
    visit("alice", reverse("gallery:detail", args=[artwork.pk]))
    visit("anyone", reverse("gallery:file", args=[artwork.pk, "thumbnail"]))
    visit("bob", reverse("admin:stylizer_style_change", args=[style.pk]))
    visit("bob", reverse("admin:stylizer_stylization_change", args=[waiting.pk]))
    for address in sorted(set(addresses_without_arguments(get_resolver().url_patterns))):
        for who in clients:
            if "logout" not in address:
                visit(who, address)
    visit("alice", reverse("account_logout"), {})
    return visited


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    assert callable(application)
    result = {"visited": tour(), "torch": sorted(n for n in sys.modules if n.split(".")[0] in {"torch", "torchvision"})}
    sys.stdout.write(json.dumps(result) + "\n")

"""One of everything that an address can name, all of it Alice's, for asking who else gets it."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile

from accounts.models import ApiToken
from gallery.models import Album, Artwork, UnlistedLink
from stylizer.models import Batch, Event, StylePreview, Stylization, Webhook, WebhookDelivery
from stylizer.tests import pictures


def make_things(job: Stylization, artwork: Artwork) -> dict[str, Any]:
    """Return what the gaps in the rows of test_access.py stand for: ids of her job, her private artwork and more."""
    alice = job.owner
    token, _ = ApiToken.issue(alice, days=1)
    link = UnlistedLink.objects.create(artwork=artwork)
    album = Album.objects.create(owner=alice, name="Sea")
    batch = Batch.objects.create(owner=alice, name="Some")
    Stylization.objects.filter(pk=job.pk).update(batch=batch)
    session = UserSession.objects.create(user=alice, ip="192.0.2.1", session_key="elsewhere")
    hook = Webhook.objects.create(owner=alice, target_url="https://93.184.216.34/", events=[Event.FAILED])
    delivery = WebhookDelivery.objects.create(webhook=hook, event=Event.FAILED, body="{}")
    preview = StylePreview(photo=job.photo, checkpoint_sha256="a" * 64)
    preview.picture.save("", ContentFile(pictures.jpeg()))
    return {
        "job": job.pk,
        "artwork": artwork.pk,
        "token": token.public_id,
        "album": album.pk,
        "link": link.pk,
        "secret": link.token,
        "photo": job.photo_id,
        "batch": batch.pk,
        "session": session.pk,
        "hook": hook.pk,
        "delivery": delivery.pk,
    }

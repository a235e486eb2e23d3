"""Two people with a bit of everything each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import ApiToken, Invitation
from gallery.models import Album, AlbumEntry, Artwork, Report, Star, UnlistedLink
from gallery.saving import save_artwork
from stylizer.models import Event, Stylization, Webhook, WebhookDelivery
from stylizer.tests import pictures


@pytest.fixture
def furnish(
    queue_photo: Callable[..., Stylization], finish: Callable[[Stylization], Stylization], bob: User
) -> Callable[[User], Artwork]:
    """Return a function that gives somebody one of each: jobs, a published work, an album, a link, a token …"""

    def fill(user: User) -> Artwork:
        artwork = save_artwork(finish(queue_photo(user)))
        artwork.title = f"Picture of {user.username}"
        artwork.is_public, artwork.published_at = True, timezone.now()
        artwork.large_thumbnail.save("", ContentFile(pictures.jpeg(32, 24)), save=False)
        artwork.save()
        AlbumEntry.objects.create(album=Album.objects.create(owner=user, name="Best"), artwork=artwork)
        UnlistedLink.objects.create(artwork=artwork, expires_at=timezone.now() + timedelta(days=1))
        ApiToken.issue(user, name=f"laptop of {user.username}", days=30)
        invitation, _ = Invitation.issue(bob, email=user.email)
        invitation.use(user)
        queue_photo(user, pictures.jpeg(48, 64))
        hook = Webhook(owner=user, target_url=f"https://93.184.216.34/{user.username}", events=[Event.SUCCEEDED])
        hook.renew_secret()
        hook.save()
        WebhookDelivery.objects.create(webhook=hook, event=Event.SUCCEEDED, body=f'{{"of":"{user.username}"}}')
        return artwork

    return fill


@pytest.fixture
def star() -> Callable[[User, Artwork], None]:
    """Return a function that stars a work, and reports it as well."""

    def like(user: User, artwork: Artwork) -> None:
        Star.objects.create(user=user, artwork=artwork)
        Artwork.objects.filter(pk=artwork.pk).update(star_count=artwork.stars.count())
        Report.objects.create(reporter=user, artwork=artwork, reason="other", text=f"said by {user.username}")

    return like

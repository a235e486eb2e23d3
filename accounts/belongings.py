"""What an account holds, counted for people to read."""

from __future__ import annotations

from django.contrib.auth.models import User

from accounts.models import ApiToken
from gallery.models import Album, Artwork
from stylizer.models import Photo, Stylization


def belongings(user: User) -> list[str]:
    """Return, for instance, "3 photos"; what there is none of is left out. It names what people know, not every row."""
    counts = [
        (Photo.objects.filter(owner=user).count(), "photo", "photos"),
        (Stylization.objects.filter(owner=user).count(), "painting in the history", "paintings in the history"),
        (Artwork.objects.filter(owner=user).count(), "work in the gallery", "works in the gallery"),
        (Album.objects.filter(owner=user).count(), "album", "albums"),
        (ApiToken.objects.filter(user=user).count(), "API token", "API tokens"),
    ]
    return [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]

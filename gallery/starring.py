"""Stars, and how many there are: the count changes in the transaction of the star."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count, F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from gallery.models import Artwork, Star


def star(user: User, artwork: Artwork) -> bool:
    """Give a star; return whether it is new."""
    try:
        with transaction.atomic():
            Star.objects.create(user=user, artwork=artwork)
            Artwork.objects.filter(pk=artwork.pk).update(star_count=F("star_count") + 1)
    except IntegrityError:
        return False  # given before, or at this very moment in another tab
    return True


def unstar(user: User, artwork: Artwork) -> bool:
    """Take a star back; return whether there was one."""
    with transaction.atomic():
        gone, _ = Star.objects.filter(user=user, artwork=artwork).delete()
        if gone:
            # A count that drifted is put right by recount(); it must not keep anybody from taking a star back.
            Artwork.objects.filter(pk=artwork.pk, star_count__gt=0).update(star_count=F("star_count") - 1)
    return bool(gone)


def recount() -> int:
    """Set every count that differs from the stars there are, after accounts went with theirs; return how many."""
    stars = Star.objects.filter(artwork=OuterRef("pk")).order_by().values("artwork").annotate(n=Count("pk"))
    counted = Artwork.objects.annotate(counted=Coalesce(Subquery(stars.values("n"), IntegerField()), 0))
    return counted.exclude(star_count=F("counted")).update(star_count=F("counted"))

"""How much of somebody's lies where."""

from __future__ import annotations

from collections import Counter

from django.apps import apps
from django.contrib.auth.models import User

from stylizer.ownership import files_belonging_to

_PLACES = {"stylizer": "History", "gallery": "Gallery"}


def bytes_by_place(user: User) -> Counter[str]:
    """Return how much lies where, by the page it is seen on."""
    taken: Counter[str] = Counter()
    for file in files_belonging_to(user):
        label = file.holding.model._meta.app_label
        taken[_PLACES.get(label) or str(apps.get_app_config(label).verbose_name)] += file.size() or 0
    return taken

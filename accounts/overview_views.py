"""The account page: who one is here, how much one uses, and the way to everything else."""

from __future__ import annotations

from collections import Counter

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from stylizer.models import Stylization
from stylizer.ownership import files_belonging_to
from stylizer.quota import in_megabytes
from stylizer.signed_in import signed_in

_PLACES = {"stylizer": "History", "gallery": "Gallery"}


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show the visitor's own account."""
    user = signed_in(request)
    taken = _bytes_by_place(user)
    used, quota = taken.total(), settings.EASEL_QUOTA_BYTES
    context = {
        "used": in_megabytes(used),
        "quota": in_megabytes(quota) if quota else "",
        "percent": min(100, round(100 * used / quota)) if quota else 0,
        "places": [(place, in_megabytes(size)) for place, size in sorted(taken.items())],
        "waiting": Stylization.objects.active().filter(owner=user).count(),
        "most_waiting": settings.EASEL_MAX_QUEUED_PER_USER,
        "largest_file": in_megabytes(settings.EASEL_MAX_UPLOAD_BYTES),
        "largest_photo": settings.EASEL_MAX_PHOTO_PIXELS // 1_000_000,
        "largest_painting": settings.EASEL_MAX_OUTPUT_PIXELS // 1_000_000,
    }
    return render(request, "accounts/overview.html", context)


def _bytes_by_place(user: User) -> Counter[str]:
    """Return how much lies where, by the page it is seen on."""
    taken: Counter[str] = Counter()
    for file in files_belonging_to(user):
        label = file.holding.model._meta.app_label
        taken[_PLACES.get(label) or str(apps.get_app_config(label).verbose_name)] += file.size() or 0
    return taken

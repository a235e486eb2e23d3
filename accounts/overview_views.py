"""The account page: who one is here, how much one uses, and the way to everything else."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.space_taken import bytes_by_place
from stylizer.models import Stylization
from stylizer.quota import in_megabytes
from stylizer.signed_in import signed_in


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show the visitor's own account."""
    user = signed_in(request)
    taken = bytes_by_place(user)
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

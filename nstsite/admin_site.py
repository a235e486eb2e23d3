"""The administration pages."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse


class EaselAdminSite(AdminSite):
    """Staff sign in through the ordinary sign-in page, so that its limit on attempts holds here too."""

    site_header = "Easel administration"
    site_title = "Easel"
    index_title = "Catalog and jobs"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        """Send anonymous visitors to the sign-in page; to members without staff rights there is nothing here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

"""The administration pages."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from stylizer.dashboard import read_dashboard


class EaselAdminSite(AdminSite):
    """Staff sign in through the ordinary sign-in page, so that its limit on attempts holds here too."""

    site_header = "Easel administration"
    site_title = "Easel"
    index_title = "Catalog and jobs"
    enable_nav_sidebar = False  # its script opens it after the page is drawn, which pushes everything aside

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the dashboard."""
        own: list[URLPattern | URLResolver] = [
            path("dashboard/", self.admin_view(require_safe(self.dashboard)), name="dashboard")
        ]
        return own + super().get_urls()

    def dashboard(self, request: HttpRequest) -> HttpResponse:
        """How the server is doing; the page asks for its own middle part again and again."""
        context = {"dashboard": read_dashboard(), "now": timezone.now()}
        if request.headers.get("HX-Request"):
            return render(request, "admin/_dashboard.html", context)
        return render(request, "admin/dashboard.html", self.each_context(request) | {"title": "Dashboard"} | context)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        """Send anonymous visitors to the sign-in page; to members without staff rights there is nothing here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

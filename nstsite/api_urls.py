"""Addresses for programs."""

from django.urls import include, path

from stylizer.api import document_views

urlpatterns = [
    path("api/v1/auth/", include("accounts.api.urls")),
    path("api/v1/", include("stylizer.api.urls")),
    path("stylize", document_views.StylizeView.as_view(), name="stylize"),
    path("stylize_download", document_views.StylizeDownloadView.as_view(), name="stylize_download"),
]

"""Addresses for programs."""

from django.urls import include, path

from nstsite import api_description
from stylizer.api import document_views

urlpatterns = [
    path("api/v1/auth/", include("accounts.api.urls")),
    path("api/v1/me/", include("accounts.api.me_urls")),
    path("api/v1/", include("stylizer.api.urls")),
    path("api/v1/", include("gallery.api.urls")),
    path("api/v1/openapi.json", api_description.openapi, {"suffix": "json"}, name="openapi-json"),
    path("api/v1/openapi.yaml", api_description.openapi, {"suffix": "yaml"}, name="openapi-yaml"),
    path("api/docs/", api_description.ApiDocsView.as_view(), name="api-docs"),
    path("stylize", document_views.StylizeView.as_view(), name="stylize"),
    path("stylize_download", document_views.StylizeDownloadView.as_view(), name="stylize_download"),
]

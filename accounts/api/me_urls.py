"""Addresses of the caller's own account."""

from django.urls import path

from accounts.api import me_views

app_name = "me_api"
urlpatterns = [
    path("", me_views.MeView.as_view(), name="me"),
    path("export/", me_views.ExportView.as_view(), name="export"),
    path("delete/", me_views.DeleteView.as_view(), name="delete"),
]

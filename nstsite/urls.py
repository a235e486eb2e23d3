"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from nstsite import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("", include("stylizer.urls")),
    path("", include("nstsite.api_urls")),
    path("", include("gallery.urls")),
    path("account/", include("accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]

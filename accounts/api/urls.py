from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts.api import views

app_name = "auth_api"
router = SimpleRouter(use_regex_path=False)
router.register("tokens", views.TokenViewSet, basename="token")

urlpatterns = [
    path("token/", views.TokenView.as_view(), name="token"),
    *router.urls,
]

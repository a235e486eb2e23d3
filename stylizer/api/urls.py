from django.urls import include, path
from rest_framework.routers import SimpleRouter

from stylizer.api import views

app_name = "api"
router = SimpleRouter()
router.register("styles", views.StyleViewSet, basename="style")
router.register("stylizations", views.StylizationViewSet, basename="stylization")

urlpatterns = [
    path("", include(router.urls)),
]

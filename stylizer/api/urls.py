from django.urls import include, path
from rest_framework.routers import SimpleRouter

from stylizer.api import batch_views, views

app_name = "api"
router = SimpleRouter()
router.register("styles", views.StyleViewSet, basename="style")
router.register("batches", batch_views.BatchViewSet, basename="batch")
router.register("stylizations", views.StylizationViewSet, basename="stylization")

urlpatterns = [
    path("", include(router.urls)),
]

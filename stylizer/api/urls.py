from django.urls import include, path
from rest_framework.routers import SimpleRouter

from stylizer.api import batch_views, catalog_views, intake_views, photo_views, views, webhook_views

app_name = "api"
router = SimpleRouter()
router.register("styles", views.StyleViewSet, basename="style")
router.register("photos", photo_views.PhotoViewSet, basename="photo")
router.register("batches", batch_views.BatchViewSet, basename="batch")
router.register("stylizations", views.StylizationViewSet, basename="stylization")
router.register("webhooks", webhook_views.WebhookViewSet, basename="webhook")

_deliveries = SimpleRouter(use_regex_path=False)
_deliveries.register("deliveries", webhook_views.DeliveryViewSet, basename="webhook-delivery")

_catalog = SimpleRouter(use_regex_path=False)
_catalog.register("styles", catalog_views.CatalogStyleViewSet, basename="catalog-style")
_catalog.register("intakes", intake_views.IntakeViewSet, basename="intake")

urlpatterns = [
    path("catalog/", include(_catalog.urls)),
    path("", include(router.urls)),
    path("webhooks/<uuid:webhook>/", include(_deliveries.urls)),
]

from django.urls import path

from stylizer import batch_views, photo_views, preview_views, result_views, views

app_name = "stylizer"
urlpatterns = [
    path("studio/", views.studio, name="studio"),
    path("stylizations/", views.history, name="history"),
    path("stylizations/<uuid:pk>/", views.detail, name="detail"),
    path("stylizations/<uuid:pk>/status/", views.status, name="status"),
    path("stylizations/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("stylizations/<uuid:pk>/retry/", views.retry, name="retry"),
    path("stylizations/<uuid:pk>/delete/", views.delete, name="delete"),
    path("stylizations/<uuid:pk>/files/<slug:kind>/", views.file, name="file"),
    path("photos/", photo_views.upload, name="photo_upload"),
    path("photos/<uuid:pk>/before/", photo_views.before, name="photo_before"),
    path("photos/<uuid:pk>/remove/", photo_views.remove, name="photo_remove"),
    path("batches/<uuid:pk>/", batch_views.detail, name="batch"),
    path("batches/<uuid:pk>/status/", batch_views.status, name="batch_status"),
    path("batches/<uuid:pk>/cancel/", batch_views.cancel, name="batch_cancel"),
    path("batches/<uuid:pk>/retry/", batch_views.retry, name="batch_retry"),
    path("batches/<uuid:pk>/download/", batch_views.download, name="batch_download"),
    path("stylizations/<uuid:pk>/finished/", result_views.finished, name="finished"),
    path("stylizations/<uuid:pk>/keep/", result_views.keep, name="keep"),
    path("photos/<uuid:pk>/previews/", preview_views.previews, name="photo_previews"),
    path("photos/<uuid:pk>/previews/<slug:sha256>/", preview_views.preview, name="photo_preview"),
    path("styles/<slug:slug>/preview/", views.style_preview, name="style_preview"),
]

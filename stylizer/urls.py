from django.urls import path

from stylizer import views

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
    path("styles/<slug:slug>/preview/", views.style_preview, name="style_preview"),
]

from django.urls import path

from gallery import views

app_name = "gallery"
urlpatterns = [
    path("", views.public, name="public"),
    path("mine/", views.mine, name="mine"),
    path("save/<uuid:job>/", views.save, name="save"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/files/<slug:kind>/", views.file, name="file"),
    path("<uuid:pk>/rename/", views.rename, name="rename"),
    path("<uuid:pk>/publish/", views.publish, name="publish"),
    path("<uuid:pk>/delete/", views.delete, name="delete"),
]

from django.urls import path

from accounts import invitation_views

app_name = "accounts"
urlpatterns = [
    path("invitation/<str:token>/", invitation_views.invitation, name="invitation"),
]

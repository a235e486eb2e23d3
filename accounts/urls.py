from django.urls import path

from accounts import data_views, invitation_views, overview_views, session_views, token_views

app_name = "accounts"
urlpatterns = [
    path("", overview_views.overview, name="overview"),
    path("sessions/", session_views.sessions, name="sessions"),
    path("sessions/<int:pk>/end/", session_views.end, name="end_session"),
    path("sessions/end-others/", session_views.end_others, name="end_other_sessions"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/<uuid:public_id>/revoke/", token_views.revoke, name="revoke_token"),
    path("data/", data_views.data, name="data"),
    path("data/export/", data_views.export, name="export"),
    path("delete/", data_views.delete, name="delete"),
    path("invitation/<str:token>/", invitation_views.invitation, name="invitation"),
]

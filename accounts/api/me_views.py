"""The REST API: the caller's own account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import examples
from accounts.api.me_serializers import DeletionSerializer, MeSerializer
from accounts.deletion import LAST_SUPERUSER, delete_account, is_last_superuser
from accounts.deletion_forms import DeletionForm
from accounts.export import export_zip
from accounts.models import ApiToken
from accounts.rate_limit import check_rate
from accounts.space_taken import bytes_by_place
from gallery.models import Album, Artwork
from stylizer.api.conditional import Conditional
from stylizer.api.openapi import answered, sent
from stylizer.api.problems import problem
from stylizer.models import Photo, Stylization, Webhook
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in


class MeView(Conditional):
    """Who one is here, how much one uses, and how much one may."""

    @extend_schema(
        summary="Look at your account",
        responses={200: MeSerializer},
        examples=[answered("account", examples.ME)],
    )
    def get(self, request: Request) -> Response:
        """Profile, quota, usage and limits."""
        return Response(MeSerializer(_facts(signed_in(request))).data)


class ExportView(APIView):
    """Everything somebody owns."""

    @extend_schema(
        summary="Fetch everything you own",
        description="A ZIP, made while it is sent: every file, and `manifest.json`, which says what each is. It "
        "changes nothing, and is a POST so that no link starts the work.",
        request=None,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def post(self, request: Request) -> StreamingHttpResponse:
        """Send it."""
        check_rate(request, "export")
        response = StreamingHttpResponse(export_zip(signed_in(request)), content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="easel-export-{timezone.now():%Y-%m-%d}.zip"'
        response["Cache-Control"] = "no-store"
        response["X-Accel-Buffering"] = "no"  # a proxy would otherwise write all of it to its own disk first
        return response


class DeleteView(APIView):
    """The end of an account."""

    @extend_schema(
        summary="Delete your account with everything in it",
        request=DeletionSerializer,
        responses={
            204: None,
            403: problem(
                username_wrong="This is not your username.",
                password_wrong="This is not your password.",  # noqa: S106
            ),
            409: problem(last_superuser=LAST_SUPERUSER),
        },
        examples=[sent("meant", {"username": "alice", "password": "a long walk home"})],
    )
    def post(self, request: Request) -> Response:
        """Delete it, as the page does: with username and password, and never the last superuser's."""
        user = signed_in(request)
        check_rate(request, "delete_account")
        if is_last_superuser(user):
            raise Rejected("last_superuser", LAST_SUPERUSER, status=409)
        serializer = DeletionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        form = DeletionForm(serializer.validated_data, user=user)
        if "username" in form.errors:
            raise Rejected("username_wrong", "This is not your username.", field="username", status=403)
        if "password" in form.errors:
            raise Rejected("password_wrong", "This is not your password.", field="password", status=403)
        delete_account(user)
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _facts(user: User) -> dict[str, Any]:
    taken = bytes_by_place(user)
    jobs = Stylization.objects.visible_to(user)
    return {
        "username": user.get_username(),
        "email": user.email,
        "date_joined": user.date_joined,
        "is_staff": user.is_staff,
        "quota": {
            "bytes_used": taken.total(),
            "bytes_allowed": settings.EASEL_QUOTA_BYTES or None,
            "by_place": dict(sorted(taken.items())),
        },
        "usage": {
            "photos": Photo.objects.visible_to(user).count(),
            "stylizations": jobs.count(),
            "waiting": jobs.active().count(),
            "artworks": Artwork.objects.owned_by(user).count(),
            "albums": Album.objects.visible_to(user).count(),
            "tokens": ApiToken.objects.filter(user=user).count(),
            "webhooks": Webhook.objects.visible_to(user).count(),
        },
        "limits": {
            "waiting": settings.EASEL_MAX_QUEUED_PER_USER,
            "upload_bytes": settings.EASEL_MAX_UPLOAD_BYTES,
            "photo_pixels": settings.EASEL_MAX_PHOTO_PIXELS,
            "painting_pixels": settings.EASEL_MAX_OUTPUT_PIXELS,
        },
    }

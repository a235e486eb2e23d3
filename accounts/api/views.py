"""Tokens, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.utils import has_verified_email
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from accounts.api import examples
from accounts.api.confirmation import confirm_owner
from accounts.api.serializers import (
    AnotherTokenRequestSerializer,
    NewTokenSerializer,
    TokenRequestSerializer,
    TokenSerializer,
)
from accounts.models import ApiToken, Scope
from accounts.models.api_token import TOO_MANY_TOKENS, has_room_for_a_token
from stylizer.api.errors import error_response
from stylizer.api.idempotency import idempotent
from stylizer.api.openapi import answered, sent
from stylizer.api.problems import problem
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in


class TokenView(APIView):
    """Exchange name and password for a token: ``{"token", "expiry", "id", "name", "scopes"}``."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "token"

    @extend_schema(
        summary="Exchange name and password for a token",
        request=TokenRequestSerializer,
        responses={
            200: NewTokenSerializer,
            400: problem(
                invalid="Some fields cannot be accepted.",
                invalid_credentials="No account has this name and password.",
                email_not_verified="Confirm your e-mail address first: sign in on the web page.",
            ),
            403: problem(scope_not_allowed="Only staff have tokens for administration."),
            409: problem(too_many_tokens=TOO_MANY_TOKENS),
        },
        examples=[sent("sign in", examples.SIGN_IN), answered("token", examples.NEW_TOKEN)],
    )
    def post(self, request: Request) -> Response:
        """Answer 200 with a new token, or 400 without saying whether name or password was wrong."""
        serializer = TokenRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        user = authenticate(request._request, username=wanted["username"], password=wanted["password"])
        if not isinstance(user, User):
            return error_response("invalid_credentials", "No account has this name and password.")
        if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not has_verified_email(user):
            return error_response("email_not_verified", "Confirm your e-mail address first: sign in on the web page.")
        return Response(_issue(user, wanted), headers={"Cache-Control": "no-store"})


@extend_schema_view(
    list=extend_schema(summary="List your tokens", examples=[answered("tokens", examples.TOKEN)]),
    destroy=extend_schema(summary="Revoke a token"),
    create=extend_schema(
        summary="Make another token",
        request=AnotherTokenRequestSerializer,
        responses={
            201: NewTokenSerializer,
            403: problem(
                password_required="Send your password as well.",  # noqa: S106
                password_wrong="This is not your password.",  # noqa: S106
                scope_not_allowed="Only staff have tokens for administration.",
            ),
            409: problem(too_many_tokens=TOO_MANY_TOKENS),
        },
        examples=[sent("another", examples.ANOTHER), answered("token", examples.NEW_TOKEN)],
    ),
)
class TokenViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[ApiToken]):
    """The caller's own tokens: list them, revoke one, make another. Its secret is told once, when it is made."""

    queryset = ApiToken.objects.none()  # names the model
    serializer_class = TokenSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    ordering = ("-created", "-public_id")

    @idempotent(secrets=["token", "password"])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a token. It outlives what it was asked for with, so the password is asked for as well."""
        serializer = AnotherTokenRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        confirm_owner(request, wanted["password"])
        told = _issue(signed_in(request), wanted)
        address = reverse("auth_api:token-detail", args=[told["id"]], request=request)
        headers = {"Cache-Control": "no-store", "Location": str(address)}
        return Response(told, status=status.HTTP_201_CREATED, headers=headers)

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Return the caller's tokens."""
        tokens: QuerySet[ApiToken] = ApiToken.objects.filter(user=self.request.user)
        return tokens


def _issue(user: User, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if Scope.ADMIN in wanted["scopes"] and not user.is_staff:
        detail = "Only staff have tokens for administration."
        raise Rejected("scope_not_allowed", detail, field="scopes", status=403)
    if not has_room_for_a_token(user):
        raise Rejected("too_many_tokens", TOO_MANY_TOKENS, status=409)
    scopes = [scope for scope in Scope.values if scope in wanted["scopes"]]
    token, text = ApiToken.issue(user, name=wanted["name"], days=wanted["expires_in_days"], scopes=scopes)
    return {"token": text, "expiry": token.expiry, "id": token.public_id, "name": token.name, "scopes": scopes}

"""What the API says of tokens, and takes to make one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.fields import empty

from accounts.models import ApiToken, Scope
from accounts.models.api_token import DEFAULT_SCOPES
from accounts.token_lifetimes import longest_days
from stylizer.api.fields import Text


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without its secret."""

    id = serializers.UUIDField(source="public_id")
    beginning = serializers.CharField()
    scopes = serializers.ListField(source="scope_list", child=serializers.ChoiceField(choices=Scope.choices))

    class Meta:
        model = ApiToken
        fields = ["id", "name", "beginning", "scopes", "created", "last_used_at", "expiry"]


class NewTokenSerializer(serializers.Serializer[Any]):
    """A new token with its secret, which is shown this once."""

    token = serializers.CharField(help_text="Keep it as you keep a password.")
    expiry = serializers.DateTimeField(allow_null=True, help_text="Null: never.")
    id = serializers.UUIDField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))


class ScopesField(serializers.MultipleChoiceField):
    """Scopes by name; the default where none are named, in a form too, which DRF takes for an empty list."""

    def get_value(self, dictionary: Any) -> Any:
        """Return what was sent."""
        return super().get_value(dictionary) if self.field_name in dictionary else empty


class TokenWishSerializer(serializers.Serializer[Any]):
    """What a token is to be like."""

    name = Text(max_length=80, default="API token")
    expires_in_days = serializers.IntegerField(min_value=1, allow_null=True, default=lambda: settings.EASEL_TOKEN_DAYS)
    scopes = ScopesField(
        choices=Scope.choices,
        allow_empty=False,
        # A list, for the API's description: a set has another order each time.
        default=[str(scope) for scope in DEFAULT_SCOPES],  # type: ignore[arg-type]
    )

    def validate_expires_in_days(self, days: int | None) -> int | None:
        """Refuse a life that is too long, or none where this server wants one."""
        if days is None and not settings.EASEL_TOKEN_NEVER_EXPIRES:
            raise serializers.ValidationError("This server makes no tokens without an end.")
        if days is not None and days > longest_days():
            raise serializers.ValidationError(f"At most {longest_days()} days.")
        return days


class TokenRequestSerializer(TokenWishSerializer):
    """Name and password to exchange for a token, and what it is to be like."""

    username = Text(max_length=254)
    password = serializers.CharField(max_length=500, trim_whitespace=False)


class AnotherTokenRequestSerializer(TokenWishSerializer):
    """What another token is to be like, and the password of who asks for it."""

    password = serializers.CharField(
        max_length=500,
        trim_whitespace=False,
        required=False,
        default="",
        help_text="Your password; a browser whose user has entered it just now needs none.",
    )

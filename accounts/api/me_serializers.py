"""What the API says of the caller's account."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class QuotaSerializer(serializers.Serializer[Any]):
    """Disk that the account's files take."""

    bytes_used = serializers.IntegerField()
    bytes_allowed = serializers.IntegerField(allow_null=True, help_text="Null: any amount.")
    by_place = serializers.DictField(child=serializers.IntegerField(), help_text="Bytes, by the page they are seen on.")


class UsageSerializer(serializers.Serializer[Any]):
    """What the account holds."""

    photos = serializers.IntegerField()
    stylizations = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Of those, the ones that wait or are in work.")
    artworks = serializers.IntegerField()
    albums = serializers.IntegerField()
    tokens = serializers.IntegerField()
    webhooks = serializers.IntegerField()


class LimitsSerializer(serializers.Serializer[Any]):
    """What this server takes from one person."""

    waiting = serializers.IntegerField()
    upload_bytes = serializers.IntegerField()
    photo_pixels = serializers.IntegerField()
    painting_pixels = serializers.IntegerField()


class MeSerializer(serializers.Serializer[Any]):
    """The caller's account."""

    username = serializers.CharField()
    email = serializers.EmailField(allow_blank=True)
    date_joined = serializers.DateTimeField()
    is_staff = serializers.BooleanField()
    quota = QuotaSerializer()
    usage = UsageSerializer()
    limits = LimitsSerializer()


class DeletionSerializer(serializers.Serializer[Any]):
    """The username, so that nobody does it by mistake, and the password, so that nobody else does."""

    username = serializers.CharField(max_length=150, trim_whitespace=False)
    password = serializers.CharField(max_length=500, trim_whitespace=False)

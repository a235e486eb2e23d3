"""What the API says of works, albums and links."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from gallery.models import Album, Artwork, Reason, Report, UnlistedLink
from mlcore.paint_options import MAX_QUALITY, MIN_QUALITY
from stylizer.api.fields import Flag, Text
from stylizer.rejections import Rejected


class HiddenSerializer(serializers.Serializer[Any]):
    """That staff hid a work, and why."""

    at = serializers.DateTimeField(source="hidden_at")
    reason = serializers.CharField(source="hidden_reason")


class ArtworkSerializer(serializers.ModelSerializer[Artwork]):
    """A work. What is only its owner's is null to others."""

    url = serializers.HyperlinkedIdentityField("gallery_api:artwork-detail")
    page_url = serializers.SerializerMethodField(help_text="For people.")
    owner = serializers.CharField(source="owner.username", read_only=True)
    style = serializers.SlugField(source="style.slug", read_only=True)  # type: ignore[assignment]  # DRF's own name
    style_name = serializers.CharField(source="style.name", read_only=True)
    stylization = serializers.SerializerMethodField(help_text="The job it was saved from, to its owner.")
    image_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    format = serializers.SerializerMethodField()
    is_mine = serializers.SerializerMethodField()
    has_starred = serializers.SerializerMethodField(help_text="Whether you did.")
    hidden = serializers.SerializerMethodField(help_text="Null unless staff hid it.")
    leaves_trash_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Artwork
        fields = [
            *("id", "url", "page_url", "title", "owner", "is_mine", "style", "style_name", "stylization"),
            *("strength", "keep_colors", "brush", "format", "quality"),
            *("image_url", "image_width", "image_height", "thumbnail_url", "thumbnail_width", "thumbnail_height"),
            *("is_public", "published_at", "star_count", "has_starred", "hidden"),
            *("created_at", "trashed_at", "leaves_trash_at"),
        ]
        read_only_fields = fields

    def get_page_url(self, artwork: Artwork) -> str:
        """Return the address of its page."""
        return str(self.context["request"].build_absolute_uri(artwork.get_absolute_url()))

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_stylization(self, artwork: Artwork) -> str | None:
        """Return the job's key."""
        return str(artwork.stylization_id) if self._is_mine(artwork) and artwork.stylization_id else None

    def get_image_url(self, artwork: Artwork) -> str:
        """Return the picture's address."""
        return self._address("image", artwork)

    def get_thumbnail_url(self, artwork: Artwork) -> str:
        """Return the thumbnail's address."""
        return self._address("thumbnail", artwork)

    @extend_schema_field(serializers.ChoiceField(["jpeg", "png", "webp"]))
    def get_format(self, artwork: Artwork) -> str:
        """Return what the picture's file is."""
        return artwork.format.lower()

    def get_is_mine(self, artwork: Artwork) -> bool:
        """Return whether whoever asks owns it."""
        return self._is_mine(artwork)

    def get_has_starred(self, artwork: Artwork) -> bool:
        """Return whether whoever asks starred it: noted by a list, asked for where it is not."""
        noted: bool | None = getattr(artwork, "starred_by_me", None)
        if noted is not None:
            return noted
        user = self.context["request"].user
        return bool(user.is_authenticated and artwork.stars.filter(user=user).exists())

    @extend_schema_field(HiddenSerializer(allow_null=True))
    def get_hidden(self, artwork: Artwork) -> dict[str, Any] | None:
        """Return when and why staff hid it; only its owner and staff see such a work at all."""
        return dict(HiddenSerializer(artwork).data) if artwork.is_hidden else None

    def _address(self, kind: str, artwork: Artwork) -> str:
        return str(reverse(f"gallery_api:artwork-{kind}", args=[artwork.pk], request=self.context["request"]))

    def _is_mine(self, artwork: Artwork) -> bool:
        return bool(artwork.owner_id == self.context["request"].user.pk)


class ArtworkChangeSerializer(serializers.Serializer[Any]):
    """What an owner can change about a work."""

    title = Text(max_length=120, required=False)
    is_public = Flag(required=False, help_text="True shows it to everybody.")


class SaveRequestSerializer(ArtworkChangeSerializer):
    """Which painting to keep, and how it is to be finished where that is not as it was painted."""

    stylization = serializers.UUIDField(help_text="A job of yours that has succeeded.")
    strength = serializers.FloatField(min_value=0, max_value=1, required=False)
    keep_colors = serializers.BooleanField(required=False)
    format = serializers.ChoiceField(["jpeg", "png", "webp"], required=False)
    quality = serializers.IntegerField(min_value=MIN_QUALITY, max_value=MAX_QUALITY, required=False)


class ReportRequestSerializer(serializers.Serializer[Any]):
    """What is wrong with a work."""

    reason = serializers.ChoiceField(Reason.choices)
    text = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report, as whoever made it may know it: not what staff made of it."""

    artwork = serializers.UUIDField(source="artwork_id", read_only=True)

    class Meta:
        model = Report
        fields = ["artwork", "reason", "text", "created_at"]
        read_only_fields = fields


class AlbumSerializer(serializers.ModelSerializer[Album]):
    """An album of the caller's."""

    url = serializers.HyperlinkedIdentityField("gallery_api:album-detail")
    artworks_url = serializers.HyperlinkedIdentityField("gallery_api:album-artworks")
    name = Text(max_length=80)
    artwork_count = serializers.SerializerMethodField(help_text="Without those in the trash.")

    class Meta:
        model = Album
        fields = ["id", "url", "name", "artwork_count", "artworks_url", "created_at"]

    def get_artwork_count(self, album: Album) -> int:
        """Return how many works are in it: counted by a list, asked for where it is not."""
        counted: int | None = getattr(album, "counted", None)
        return counted if counted is not None else album.entries.filter(artwork__trashed_at__isnull=True).count()

    def validate_name(self, name: str) -> str:
        """Refuse a name that another of the owner's albums has."""
        owner: User = self.context["request"].user
        others = Album.objects.visible_to(owner).filter(name=name)
        if self.instance is not None:
            others = others.exclude(pk=self.instance.pk)
        if others.exists():
            raise Rejected(
                "name_taken", f"You have an album “{name}” already. Choose another name.", field="name", status=409
            )
        return name


class AlbumAdditionSerializer(serializers.Serializer[Any]):
    """Works to put into an album."""

    MOST = 500
    artworks = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=MOST)


class LinkSerializer(serializers.ModelSerializer[UnlistedLink]):
    """A link that shows one work to whoever has it."""

    link = serializers.SerializerMethodField(help_text="The address to give away.")
    is_expired = serializers.BooleanField(read_only=True)

    class Meta:
        model = UnlistedLink
        fields = ["id", "link", "created_at", "expires_at", "is_expired"]

    def get_link(self, link: UnlistedLink) -> str:
        """Return the address."""
        return str(self.context["request"].build_absolute_uri(link.get_absolute_url()))


class LinkRequestSerializer(serializers.Serializer[Any]):
    """How long a link lasts."""

    expires_in_days = serializers.ChoiceField([1, 7, 30], default=7, allow_null=True, help_text="Null: no end.")

"""What the API says of the catalog to staff, and takes from them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from stylizer.api.fields import Flag
from stylizer.models import Style, StyleDecision, StyleIntake, Verb
from stylizer.models.style import STANDINGS
from stylizer.models.style_intake import ACTIVE_INTAKES
from stylizer.rejections import Rejected
from stylizer.style_decisions import possible_verbs

EDITABLE = ("slug", "name", "artist", "year", "source", "licence", "description", "position", "is_featured")


def check_slug_is_free(slug: str, but: Style | None = None) -> None:
    """Do nothing where a style may have this slug.

    Raises:
        Rejected: another style has it, or one that is being checked just now was promised it.
    """
    others = Style.objects.filter(slug=slug)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists() or StyleIntake.objects.filter(state__in=ACTIVE_INTAKES, entry__slug=slug).exists():
        detail = f"There is a style {slug} already, or one is being checked. Choose another slug."
        raise Rejected("slug_taken", detail, field="slug", status=409)


class CatalogStyleSerializer(serializers.ModelSerializer[Style]):
    """A style with everything that is known of it. The words, its place and whether it is featured can be changed."""

    url = serializers.HyperlinkedIdentityField("api:catalog-style-detail", lookup_field="slug")
    standing = serializers.ChoiceField(list(STANDINGS), read_only=True)
    verbs = serializers.SerializerMethodField(help_text="What can be decided about it now.")
    preview_url = serializers.SerializerMethodField()
    is_featured = Flag(required=False)
    faults = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="What the checks found.")
    artefacts = serializers.DictField(read_only=True, help_text="What was measured of its paintings.")
    recipe = serializers.DictField(read_only=True, help_text="How it was trained, as its file says.")
    metrics = serializers.DictField(read_only=True)

    class Meta:
        model = Style
        fields = [
            *EDITABLE,
            *("url", "standing", "verbs", "quarantine_reason", "retired_at", "preview_url", "created_at"),
            *("faults", "artefacts", "recipe", "metrics", "checkpoint_sha256", "profiled_at"),
            *("engine", "precision", "ms_per_megapixel", "mb_per_megapixel"),
            *("deviation", "deviation_psnr", "deviation_ssim"),
        ]
        read_only_fields = [name for name in fields if name not in EDITABLE]
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "slug": {"validators": []},  # validate_slug() answers 409
            "position": {"max_value": 2**31 - 1},  # as much as every database holds
        }

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_verbs(self, style: Style) -> list[str]:
        """Return what a person can decide."""
        return [str(verb) for verb in possible_verbs(style)]

    def get_preview_url(self, style: Style) -> str:
        """Return where staff see its preview, published or not."""
        return str(reverse("api:catalog-style-preview", args=[style.slug], request=self.context["request"]))

    def validate_slug(self, slug: str) -> str:
        """Refuse a slug that another style has, or one on its way was promised."""
        check_slug_is_free(slug, but=self.instance)
        return slug

    def update(self, instance: Style, validated_data: dict[str, Any]) -> Style:
        """Write these columns alone: workers write others meanwhile."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        try:
            with transaction.atomic():
                instance.save(update_fields=list(validated_data))
        except IntegrityError:  # another took the slug at the same moment
            check_slug_is_free(instance.slug, but=instance)
            raise
        return instance


class DecisionSerializer(serializers.ModelSerializer[StyleDecision]):
    """A change of where a style stands: what was decided, why, and by whom."""

    verb = serializers.ChoiceField(Verb.choices)
    decided_by = serializers.CharField(
        source="decided_by.username", read_only=True, allow_null=True, default=None, help_text="Null: the checks."
    )

    class Meta:
        model = StyleDecision
        fields = ["verb", "reason", "decided_by", "decided_at"]
        extra_kwargs = {"reason": {"read_only": False, "required": True, "allow_blank": False, "max_length": 500}}


class StyleUsageSerializer(serializers.Serializer[Any]):
    """How a style is used."""

    jobs = serializers.IntegerField()
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    failure_rate = serializers.FloatField(allow_null=True, help_text="Of the jobs that ended by themselves.")
    people = serializers.IntegerField()
    last_at = serializers.DateTimeField(allow_null=True)
    seconds_per_megapixel = serializers.FloatField(allow_null=True, help_text="Median of recent results.")


class IntakeSerializer(serializers.ModelSerializer[StyleIntake]):
    """A checkpoint on its way into the catalog, or a style that is measured anew, and what was found."""

    url = serializers.HyperlinkedIdentityField("api:intake-detail")
    name = serializers.CharField(read_only=True)
    style = serializers.SerializerMethodField(help_text="Its slug, once there is one.")  # type: ignore[assignment]
    style_url = serializers.SerializerMethodField()
    requested_by = serializers.CharField(source="requested_by.username", read_only=True, allow_null=True, default=None)
    faults = serializers.SerializerMethodField(help_text="What is out of bounds in the style's paintings.")

    class Meta:
        model = StyleIntake
        fields = [
            *("id", "url", "kind", "name", "style", "style_url", "state", "step", "percent"),
            *("reason_code", "reason", "faults", "publish", "upload_name", "requested_by", "attempts"),
            *("created_at", "started_at", "finished_at"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.SlugField(allow_null=True))
    def get_style(self, intake: StyleIntake) -> str | None:
        """Return the style's slug."""
        return intake.style.slug if intake.style else None

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_style_url(self, intake: StyleIntake) -> str | None:
        """Return the style's address."""
        if intake.style is None:
            return None
        return str(reverse("api:catalog-style-detail", args=[intake.style.slug], request=self.context["request"]))

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_faults(self, intake: StyleIntake) -> list[str]:
        """Return them of a style that was measured."""
        return list(intake.style.faults) if intake.style and not intake.is_active else []


class CheckpointRequestSerializer(serializers.Serializer[Any]):
    """A new checkpoint of a style."""

    checkpoint = serializers.FileField(allow_empty_file=True, help_text="A .safetensors, .pth, .pt or .model file.")


class IntakeRequestSerializer(CheckpointRequestSerializer):
    """A style to come: its checkpoint, the words of the catalog, and a style image that may be shown."""

    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=100)
    licence = serializers.CharField(max_length=100, help_text="Of the style image, for instance: public domain.")
    artist = serializers.CharField(max_length=100, required=False)
    year = serializers.CharField(max_length=20, required=False)
    source = serializers.CharField(max_length=300, required=False)  # type: ignore[assignment]  # DRF's own name
    description = serializers.CharField(required=False)
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=100, help_text="Lower comes first.")
    is_featured = Flag(default=False)
    publish = Flag(default=True, help_text="As soon as every check is passed.")
    style_image = serializers.FileField(required=False, help_text="The painting it was trained with.")

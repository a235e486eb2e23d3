"""A style people can pick."""

from __future__ import annotations

import hashlib
import io

from django.core.files.base import ContentFile
from django.db import models
from django.urls import reverse
from PIL import Image

ENGINE_NAMES = {
    "torch": "PyTorch",
    "openvino": "OpenVINO",
    "onnxruntime": "ONNX Runtime",
    "native": "Easel’s own engine",
}


STANDINGS = {
    "published": models.Q(is_published=True),
    "unpublished": models.Q(is_published=False, retired_at=None, quarantine_reason=""),
    "quarantined": models.Q(is_published=False, retired_at=None) & ~models.Q(quarantine_reason=""),
    "retired": models.Q(retired_at__isnull=False),
}
"""Which styles stand where, as :attr:`Style.standing` names it."""


class StyleQuerySet(models.QuerySet["Style"]):
    """Queries named after what they answer."""

    def published(self) -> StyleQuerySet:
        """Return the styles people may pick, in catalog order."""
        return self.filter(is_published=True).order_by("position", "name")

    def presentable(self) -> StyleQuerySet:
        """Return the styles whose pictures everybody may see: those to pick, and retired ones, for their old works."""
        return self.filter(models.Q(is_published=True) | models.Q(retired_at__isnull=False))


def checkpoint_path(style: Style, filename: str) -> str:
    """Name the file by its content, so that an engine cached for it can never serve another."""
    return f"styles/{style.checkpoint_sha256}.safetensors"


def preview_path(style: Style, filename: str) -> str:
    """Name the preview by the checkpoint it shows."""
    return f"styles/{style.checkpoint_sha256}.jpg"


class Style(models.Model):
    """A trained network with what the catalog says of it. Its checkpoint was verified before the row was made."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    artist = models.CharField("painter", max_length=100, blank=True)
    year = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=300, blank=True, help_text="Where the style image comes from.")
    licence = models.CharField(max_length=100, help_text="Of the style image, for instance: public domain.")
    description = models.TextField(blank=True)
    recipe = models.JSONField(default=dict, blank=True, editable=False)
    metrics = models.JSONField(default=dict, blank=True, editable=False)
    checkpoint = models.FileField(upload_to=checkpoint_path, max_length=200)
    checkpoint_sha256 = models.CharField(max_length=64, editable=False)
    preview = models.FileField(upload_to=preview_path, max_length=200, help_text="A photo painted in this style.")
    preview_width = models.PositiveIntegerField(default=0, editable=False)
    preview_height = models.PositiveIntegerField(default=0, editable=False)
    engine = models.CharField(max_length=20, blank=True, editable=False, help_text="What paints in it, once known.")
    precision = models.CharField(max_length=10, blank=True, editable=False, help_text="What it is computed in.")
    deviation = models.FloatField(
        null=True, editable=False, help_text="From float32, mean of the absolute differences, of 255."
    )
    deviation_psnr = models.FloatField("PSNR", null=True, editable=False, help_text="Against float32, dB.")
    deviation_ssim = models.FloatField("SSIM", null=True, editable=False, help_text="Against float32, up to 1.")
    ms_per_megapixel = models.FloatField(
        "time",
        null=True,
        editable=False,
        help_text="Milliseconds a megapixel, measured in the engine that paints here.",
    )
    mb_per_megapixel = models.FloatField(
        "memory", null=True, editable=False, help_text="Megabytes a megapixel, measured there too."
    )
    artefacts = models.JSONField(default=dict, blank=True, editable=False, help_text="What mlcore.artefacts measured.")
    faults = models.JSONField(default=list, blank=True, editable=False, help_text="Sentences on what is out of bounds.")
    profiled_at = models.DateTimeField("measured", null=True, editable=False)
    style_image = models.FileField(upload_to="styles", max_length=200, blank=True, editable=False)
    is_published = models.BooleanField("published", default=True, editable=False, help_text="People can pick it.")
    quarantine_reason = models.TextField(blank=True, editable=False, help_text="Why nobody may pick it.")
    retired_at = models.DateTimeField("retired", null=True, editable=False, help_text="Since then only in old works.")
    is_featured = models.BooleanField("featured", default=False, help_text="Shown first where only a few fit.")
    position = models.PositiveIntegerField(default=100, help_text="Lower comes first.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StyleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_published=False) | models.Q(quarantine_reason="", retired_at=None),
                name="a_published_style_is_neither_quarantined_nor_retired",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.artist})" if self.artist else self.name

    def store_files(self, style_file: bytes, preview: bytes) -> None:
        """Store a verified style file and its preview (JPEG) and name them here; the caller saves the row."""
        self.forget_measurements()  # of the file before
        self.checkpoint_sha256 = hashlib.sha256(style_file).hexdigest()
        with Image.open(io.BytesIO(preview)) as image:
            self.preview_width, self.preview_height = image.size
        for file, content in ((self.checkpoint, style_file), (self.preview, preview)):
            name = file.field.generate_filename(self, "")
            # Named by content: what is there under this name is this file, or an older preview of it.
            file.storage.delete(name)
            file.save("", ContentFile(content), save=False)

    def forget_measurements(self) -> None:
        """Clear what was measured with this style's file."""
        self.engine = self.precision = ""
        self.deviation = self.deviation_psnr = self.deviation_ssim = None
        self.ms_per_megapixel = self.mb_per_megapixel = self.profiled_at = None
        self.artefacts, self.faults = {}, []

    @property
    def standing(self) -> str:
        """Where it stands: published, quarantined, retired or unpublished."""
        if self.is_published:
            return "published"
        if self.retired_at:
            return "retired"
        return "quarantined" if self.quarantine_reason else "unpublished"

    @property
    def is_presentable(self) -> bool:
        """Whether it has a page that everybody may see, as :meth:`StyleQuerySet.presentable` has it."""
        return self.is_published or self.retired_at is not None

    @property
    def engine_line(self) -> str:
        """What paints in this style and how far that is from the reference, in words; "" while it is not known."""
        if not self.engine:
            return ""
        line = f"{ENGINE_NAMES.get(self.engine, self.engine)}, {self.precision}"
        if self.deviation is not None:
            line += f", differs by {self.deviation:.1f}/255 from float32 on average"
        return line

    @property
    def preview_url(self) -> str:
        """The preview's address; its version changes with the checkpoint, so browsers may keep it for long."""
        return f"{reverse('stylizer:style_preview', args=[self.slug])}?v={self.preview_version}"

    @property
    def preview_version(self) -> str:
        """What changes when the preview does."""
        return self.checkpoint_sha256[:12]

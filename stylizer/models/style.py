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


class StyleQuerySet(models.QuerySet["Style"]):
    """Queries named after what they answer."""

    def published(self) -> StyleQuerySet:
        """Return the styles people may pick, in catalog order."""
        return self.filter(is_published=True).order_by("position", "name")


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
    is_published = models.BooleanField("published", default=True, help_text="People can pick it.")
    position = models.PositiveIntegerField(default=100, help_text="Lower comes first.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StyleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.artist})" if self.artist else self.name

    def store_files(self, style_file: bytes, preview: bytes) -> None:
        """Store a verified style file and its preview (JPEG) and name them here; the caller saves the row."""
        self.engine = self.precision = ""  # of the file before
        self.deviation = self.deviation_psnr = self.deviation_ssim = None
        self.checkpoint_sha256 = hashlib.sha256(style_file).hexdigest()
        with Image.open(io.BytesIO(preview)) as image:
            self.preview_width, self.preview_height = image.size
        for file, content in ((self.checkpoint, style_file), (self.preview, preview)):
            name = file.field.generate_filename(self, "")
            # Named by content: what is there under this name is this file, or an older preview of it.
            file.storage.delete(name)
            file.save("", ContentFile(content), save=False)

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
        return f"{reverse('stylizer:style_preview', args=[self.slug])}?v={self.checkpoint_sha256[:12]}"

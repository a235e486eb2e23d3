"""The catalog's form: an uploaded checkpoint is verified before anything is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from stylizer.checkpoint_intake import VerifiedCheckpoint, verify_checkpoint
from stylizer.models import Style
from stylizer.rejections import Rejected


class StyleForm(forms.ModelForm[Style]):
    """A style with a checkpoint to upload: required for a new style, a replacement for an old one."""

    upload = forms.FileField(
        label="checkpoint",
        required=False,
        help_text="A .safetensors, .pth, .pt or .model file of this network, or of the fast_neural_style network of "
        "the PyTorch examples, which is converted. It is checked for code, shape and finite values and tried on a "
        "picture, which takes some seconds; nothing is stored if it fails.",
    )

    class Meta:
        model = Style
        fields = [
            *("name", "slug", "artist", "year", "source", "licence", "description"),
            *("upload", "is_published", "position"),
        ]

    verified: VerifiedCheckpoint | None = None

    def clean_upload(self) -> object:
        """Verify the file; its problem is shown beside the field."""
        upload = self.cleaned_data["upload"]
        if upload is None:
            if self.instance.pk is None:
                raise ValidationError("Choose the style's checkpoint.", code="required")
            return None
        try:
            self.verified = verify_checkpoint(upload)
        except Rejected as error:
            raise ValidationError(error.detail, code=error.code) from error
        return upload

    def save(self, commit: bool = True) -> Any:
        """Store the converted file and its preview with the row."""
        style = super().save(commit=False)
        if self.verified is not None:
            style.recipe = self.verified.recipe
            style.metrics = {}
            style.store_files(self.verified.style_file, self.verified.preview)
        if commit:
            style.save()
        return style

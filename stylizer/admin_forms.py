"""The catalog's forms. Size and words are checked here; what is in a checkpoint, by a worker."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from stylizer.checkpoint_intake import MAX_CHECKPOINT_BYTES, check_size
from stylizer.forms import ACCEPT
from stylizer.models import Style, StyleIntake, Verb
from stylizer.models.style_intake import ACTIVE_INTAKES
from stylizer.rejections import Rejected
from stylizer.start_intake import encode_style_image

WORDS = ("name", "slug", "artist", "year", "source", "licence", "description")
PLACE = ("position", "is_featured")


class StyleForm(forms.ModelForm[Style]):
    """The words of a style; a checkpoint or style image may replace the present one."""

    upload = forms.FileField(
        label="Checkpoint",
        required=False,
        allow_empty_file=True,  # the checks have a sentence for it
        help_text=f"A .safetensors, .pth, .pt or .model file of at most {MAX_CHECKPOINT_BYTES // 2**20} MB: of this "
        "network, or of the fast_neural_style network of the PyTorch examples, which is converted. A worker checks it "
        "for code, shape and finite values, tries it, measures it and paints previews; nothing is kept of a file that "
        "is refused.",
        widget=forms.FileInput(attrs={"accept": ".safetensors,.pth,.pt,.model"}),
    )
    style_image_upload = forms.FileField(
        label="Style image",
        required=False,
        allow_empty_file=True,
        help_text="The painting it was trained with, if you may show it. It is stored at 1024 pixels at most.",
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )

    class Meta:
        model = Style
        fields = [*WORDS, *PLACE]

    encoded_style_image: bytes = b""

    def clean_upload(self) -> object:
        """Refuse by size what need not be stored to be refused."""
        upload = self.cleaned_data["upload"]
        if upload is not None:
            try:
                check_size(upload.size)
            except Rejected as error:
                raise ValidationError(error.detail, code=error.code) from error
        return upload

    def clean_style_image_upload(self) -> object:
        """Check and re-encode it, as any uploaded picture."""
        upload = self.cleaned_data["style_image_upload"]
        if upload is not None:
            try:
                self.encoded_style_image = encode_style_image(upload)
            except Rejected as error:
                raise ValidationError(error.detail, code=error.code) from error
        return upload

    def clean_slug(self) -> str:
        """Refuse a slug that a style on its way has been promised."""
        slug: str = self.cleaned_data["slug"]
        if StyleIntake.objects.filter(state__in=ACTIVE_INTAKES, entry__slug=slug).exists():
            raise ValidationError("A style with this slug is being checked just now.", code="slug_taken")
        return slug


class NewStyleForm(StyleForm):
    """A style to come: its checkpoint is required."""

    publish = forms.BooleanField(
        label="Publish", required=False, initial=True, help_text="As soon as every check is passed."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["upload"].required = True
        self.fields["upload"].error_messages["required"] = "Choose the style's checkpoint."

    def entry(self) -> dict[str, Any]:
        """Return the columns of the style to come."""
        return {name: self.cleaned_data[name] for name in (*WORDS, *PLACE)}


class DecisionForm(forms.Form):
    """Why a style is published, unpublished, retired or brought back."""

    verb = forms.ChoiceField(choices=[(verb, verb.label) for verb in Verb if verb != Verb.QUARANTINE])
    reason = forms.CharField(
        max_length=500, help_text="One sentence; it is kept with the style.", widget=forms.TextInput(attrs={"size": 60})
    )


class StyleRowForm(forms.ModelForm[Style]):
    """A style's line in the catalog's list: its fields are named to a screen reader, for the table's head is not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}, {self.instance}"

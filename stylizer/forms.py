"""The studio's form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from mlcore.image_io import ORIGINAL
from stylizer.enqueue import enqueue, enqueue_again
from stylizer.models import Style, Stylization
from stylizer.rejections import Rejected
from stylizer.size_choice import DEFAULT_SIZE, parse_size

# With the endings, for some systems know no type of HEIC.
ACCEPT = "image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,image/tiff,image/gif,.avif,.heic,.heif"
SLIDER_MIN, SLIDER_MAX, SLIDER_STEP = 256, 1024, 64


class StudioForm(forms.Form):
    """A photo (new, or that of an earlier job), a style and a size."""

    photo = forms.FileField(
        required=False,
        allow_empty_file=True,  # an empty file gets check_photo's sentence, like every other bad file
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    photo_from = forms.ModelChoiceField(Stylization.objects.none(), required=False, widget=forms.HiddenInput)
    style = forms.ModelChoiceField(
        Style.objects.none(),
        to_field_name="slug",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Pick a style.", "invalid_choice": "There is no such style. Pick one of these."},
    )
    size_mode = forms.ChoiceField(
        choices=[("pixels", "Longest side"), (ORIGINAL, "As the photo")],
        initial="pixels",
        required=False,
        widget=forms.RadioSelect,
    )
    size = forms.CharField(
        initial=DEFAULT_SIZE,
        required=False,
        widget=forms.NumberInput(attrs={"type": "range", "min": SLIDER_MIN, "max": SLIDER_MAX, "step": SLIDER_STEP}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.job: Stylization | None = None
        self.fields["style"].queryset = Style.objects.published()  # type: ignore[attr-defined]
        self.fields["photo_from"].queryset = Stylization.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean_size(self) -> int | None:
        """Return pixels, or ``None`` for the photo's own size."""
        original = self.data.get(self.add_prefix("size_mode")) == ORIGINAL
        try:
            return parse_size(ORIGINAL if original else self.cleaned_data["size"] or DEFAULT_SIZE)
        except Rejected as error:
            raise ValidationError(error.detail, code=error.code) from error

    def save(self) -> Stylization | None:
        """Queue the job; ``None`` when the photo is refused, with the reason beside its field."""
        values = self.cleaned_data
        try:
            if values["photo"] is None and values["photo_from"]:
                return enqueue_again(self.user, values["photo_from"], values["style"], values["size"])
            return enqueue(self.user, values["photo"], values["style"], values["size"])
        except Rejected as error:
            self.add_error(error.field or None, ValidationError(error.detail, code=error.code))
            return None

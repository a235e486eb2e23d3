"""The studio's form."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from mlcore.image_io import ORIGINAL
from mlcore.paint_options import PaintOptions
from stylizer.enqueue import enqueue_all
from stylizer.models import Photo, Style, Stylization
from stylizer.paint_choices import (
    DEFAULTS,
    MAX_SIZE,
    parse_format,
    parse_keep_colors,
    parse_quality,
    parse_size,
    parse_strength,
    parse_stroke,
)
from stylizer.rejections import Rejected

# With the endings, for some systems know no type of HEIC.
ACCEPT = "image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,image/tiff,image/gif,.avif,.heic,.heif"
GONE = "A photo is not there any more. Remove it and choose it again."
SLIDER_MIN, SLIDER_MAX, SLIDER_STEP = 256, MAX_SIZE, 64
FINER_DEFAULTS = {"strength": 1.0, "keep_colors": "", "stroke": 0.0, "format": "jpeg", "quality": DEFAULTS.quality}
"""Of the choices that stand back behind the others."""

_Value = TypeVar("_Value")


class SeveralFilesInput(forms.FileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """The files of one input, as a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return every file; whether it is a photo is for check_photo to say."""
        return [super(SeveralFilesField, self).clean(file, initial) for file in data or []]


class StylesField(forms.ModelMultipleChoiceField[Style]):
    """Styles by their slugs."""

    def clean(self, value: Any) -> Any:
        """Refuse a NUL as any other slug that no style has: PostgreSQL takes none, even to look for it."""
        if any("\0" in str(slug) for slug in value or []):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class StudioForm(forms.Form):
    """Photos (new, uploaded before, or that of an earlier job), styles, a size, and the finer choices.

    The brush comes as ``stroke``, -2 to 2, of which it is the power of two: a slider's middle is then the usual.
    """

    photo = SeveralFilesField(
        required=False,
        allow_empty_file=True,  # an empty file gets check_photo's sentence, like every other bad file
        widget=SeveralFilesInput(attrs={"accept": ACCEPT}),
    )
    photo_id = forms.ModelMultipleChoiceField(
        Photo.objects.none(),
        required=False,
        error_messages={"invalid_choice": GONE, "invalid_pk_value": GONE},
    )
    photo_from = forms.ModelChoiceField(Stylization.objects.none(), required=False, widget=forms.HiddenInput)
    style = StylesField(
        Style.objects.none(),
        to_field_name="slug",
        error_messages={"required": "Pick a style.", "invalid_choice": "There is no such style. Pick one of these."},
    )
    size_mode = forms.ChoiceField(
        choices=[("pixels", "Longest side"), (ORIGINAL, "As the photo")],
        initial="pixels",
        required=False,
        widget=forms.RadioSelect,
    )
    size = forms.CharField(
        initial=DEFAULTS.size,
        required=False,
        widget=forms.NumberInput(attrs={"type": "range", "min": SLIDER_MIN, "max": SLIDER_MAX, "step": SLIDER_STEP}),
    )
    strength = forms.CharField(initial=FINER_DEFAULTS["strength"], required=False)
    keep_colors = forms.CharField(initial=FINER_DEFAULTS["keep_colors"], required=False)
    stroke = forms.CharField(initial=FINER_DEFAULTS["stroke"], required=False)
    format = forms.CharField(initial=FINER_DEFAULTS["format"], required=False)
    quality = forms.CharField(initial=FINER_DEFAULTS["quality"], required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.refusal: Rejected | None = None
        self.fields["style"].queryset = Style.objects.published()  # type: ignore[attr-defined]
        self.fields["photo_id"].queryset = Photo.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["photo_from"].queryset = Stylization.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean_size(self) -> int | None:
        """Return pixels, or ``None`` for the photo's own size."""
        original = self.data.get(self.add_prefix("size_mode")) == ORIGINAL
        return self._parsed(parse_size, ORIGINAL if original else self.cleaned_data["size"] or DEFAULTS.size)

    def clean_strength(self) -> float:
        """Return 0 to 1."""
        return self._parsed(parse_strength, self.cleaned_data["strength"] or DEFAULTS.strength)

    def clean_keep_colors(self) -> bool:
        """Return whether the box is ticked; one that is not is not sent at all."""
        return self._parsed(parse_keep_colors, self.cleaned_data["keep_colors"] or False)

    def clean_stroke(self) -> float:
        """Return the brush."""
        return self._parsed(parse_stroke, self.cleaned_data["stroke"] or FINER_DEFAULTS["stroke"])

    def clean_format(self) -> str:
        """Return the format's name."""
        return self._parsed(parse_format, self.cleaned_data["format"] or DEFAULTS.format)

    def clean_quality(self) -> int:
        """Return 1 to 100."""
        return self._parsed(parse_quality, self.cleaned_data["quality"] or DEFAULTS.quality)

    def _parsed(self, parse: Callable[[object], _Value], value: object) -> _Value:
        try:
            return parse(value)
        except Rejected as error:
            raise ValidationError(error.detail, code=error.code) from error

    @property
    def shows_finer(self) -> bool:
        """Whether one of the finer choices was made, or made wrongly, and must be seen."""
        return any(
            self[name].errors or _plain(self[name].value()) != _plain(FINER_DEFAULTS[name]) for name in FINER_DEFAULTS
        )

    @property
    def chosen_styles(self) -> list[str]:
        """The slugs of the styles that are marked, whether they came by address or by form."""
        value = self["style"].value()
        return [value] if isinstance(value, str) else [str(slug) for slug in value or []]

    def save(self) -> list[Stylization]:
        """Queue the jobs; none of them when a photo or a choice is refused, with the reason beside its field."""
        values = self.cleaned_data
        options = PaintOptions(
            **{name: values[name] for name in ("size", "strength", "keep_colors", "format", "quality")},
            brush=values["stroke"],
        )
        # In the order they were chosen, which the database does not keep.
        chosen = {str(photo.pk): photo.pk for photo in values["photo_id"]}
        sent: list[str] = self.data.getlist("photo_id")  # type: ignore[attr-defined]  # a request's QueryDict
        photo_ids = [chosen[pk] for pk in dict.fromkeys(sent) if pk in chosen]
        if not photo_ids and not values["photo"] and values["photo_from"]:
            photo_ids = [values["photo_from"].photo_id]
        uploads = values["photo"] or ([] if photo_ids else [None])
        try:
            return enqueue_all(self.user, uploads, photo_ids, list(values["style"]), options)
        except Rejected as error:
            self.refusal = error
            field = "stroke" if error.field == "brush" else error.field
            self.add_error(field or None, ValidationError(error.detail, code=error.code))
            return []


def choices_of(job: Stylization) -> dict[str, Any]:
    """Return the form's values that would make ``job`` again."""
    return {
        "photo_from": job.pk,
        "style": job.style.slug if job.style.is_published else None,
        "size_mode": "pixels" if job.size else ORIGINAL,
        "size": job.size or DEFAULTS.size,
        "strength": job.strength,
        "keep_colors": "on" if job.keep_colors else "",
        "stroke": round(math.log2(job.brush), 3),
        "format": job.format.lower(),
        "quality": job.quality,
    }


def _plain(value: object) -> object:
    """Return what a value means, however it is written: 1 and "1.0" are the same."""
    try:
        return float(str(value))
    except ValueError:
        return str(value or "")

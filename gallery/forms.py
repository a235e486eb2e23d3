"""Forms of the gallery."""

from __future__ import annotations

from django import forms

from gallery.models import Artwork


class TitleForm(forms.ModelForm[Artwork]):
    """Rename an artwork."""

    class Meta:
        model = Artwork
        fields = ["title"]


class PublishForm(forms.Form):
    """Show an artwork to everybody, or to nobody else."""

    is_public = forms.TypedChoiceField(choices=[("1", "Public"), ("0", "Private")], coerce=lambda value: value == "1")

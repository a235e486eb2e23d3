"""Forms of the gallery."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib.auth.models import User

from gallery.models import Album, Artwork, ArtworkQuerySet, Reason, Report
from gallery.unlisted_links import LIFETIMES


class TitleForm(forms.ModelForm[Artwork]):
    """Rename an artwork."""

    class Meta:
        model = Artwork
        fields = ["title"]


class PublishForm(forms.Form):
    """Show an artwork to everybody, or to nobody else."""

    is_public = forms.TypedChoiceField(choices=[("1", "Public"), ("0", "Private")], coerce=lambda value: value == "1")


class StarForm(forms.Form):
    """Give a star, or take it back."""

    starred = forms.TypedChoiceField(choices=[("1", "Star"), ("0", "No star")], coerce=lambda value: value == "1")


class LinkForm(forms.Form):
    """How long an unlisted link lasts."""

    lifetime = forms.ChoiceField(choices=list(LIFETIMES.items()), initial="7")


class ReportForm(forms.ModelForm[Report]):
    """What is wrong with a work."""

    reason = forms.ChoiceField(
        choices=Reason.choices, widget=forms.RadioSelect, error_messages={"required": "Choose what is wrong with it."}
    )

    class Meta:
        model = Report
        fields = ["reason", "text"]
        widgets = {"text": forms.Textarea({"rows": 4, "maxlength": 1000})}


class AlbumForm(forms.ModelForm[Album]):
    """Name an album; two of one owner's may not have the same name. The instance has its owner."""

    class Meta:
        model = Album
        fields = ["name"]
        error_messages = {"name": {"required": "An album needs a name."}}

    def clean_name(self) -> str:
        """Refuse a name that another of the owner's albums has."""
        name: str = self.cleaned_data["name"]
        others = Album.objects.filter(owner=self.instance.owner_id, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(f"You have an album “{name}” already. Choose another name.", code="taken")
        return name


class SelectionForm(forms.Form):
    """Works that were ticked. Those that are not the user's to act on are left out without a word."""

    MAX_ARTWORKS = 500
    artworks = forms.Field(widget=forms.MultipleHiddenInput, required=False)

    def __init__(self, *args: Any, selectable: ArtworkQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.selectable = selectable

    def clean_artworks(self) -> ArtworkQuerySet:
        """Return those among the selectable."""
        keys = [key for key in map(_read_key, self.cleaned_data["artworks"] or []) if key is not None]
        if len(keys) > self.MAX_ARTWORKS:
            raise forms.ValidationError(f"Select at most {self.MAX_ARTWORKS} pictures at once.", code="too_many")
        return self.selectable.filter(pk__in=keys)

    def require_some(self) -> None:
        """Add an error where nothing was ticked."""
        if not self.errors and not self.cleaned_data["artworks"].exists():
            self.add_error("artworks", "Select at least one picture.")


class BulkForm(SelectionForm):
    """What to do with one's own works."""

    MAX_ALBUMS = 200
    """Shown to choose from."""
    VERBS = ("publish", "private", "download", "add", "move", "take-out", "delete")
    NEEDS_ALBUM = ("add", "move", "take-out")

    verb = forms.ChoiceField(
        choices=[(verb, verb) for verb in VERBS],
        error_messages={"required": "Choose what to do.", "invalid_choice": "Choose what to do."},
    )
    album = forms.ModelChoiceField(
        Album.objects.none(), required=False, error_messages={"invalid_choice": "Choose one of your albums."}
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, selectable=Artwork.objects.owned_by(user), **kwargs)
        self.fields["album"].queryset = Album.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean(self) -> None:
        """Ask for works, and for an album where one is needed."""
        self.require_some()
        needs_album = self.cleaned_data.get("verb") in self.NEEDS_ALBUM
        if not self.errors and needs_album and not self.cleaned_data["album"]:
            self.add_error("album", "Choose an album. You can make one under Albums.")


class TrashForm(SelectionForm):
    """What to do with works in the trash."""

    verb = forms.ChoiceField(
        choices=[(verb, verb) for verb in ("restore", "delete", "empty")],
        error_messages={"required": "Choose what to do.", "invalid_choice": "Choose what to do."},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, selectable=Artwork.objects.trashed_by(user), **kwargs)

    def clean(self) -> None:
        """Ask for works, except where all of them are meant."""
        if self.cleaned_data.get("verb") != "empty":
            self.require_some()


def _read_key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

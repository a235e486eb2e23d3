"""Administration of the gallery."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from gallery.models import Artwork


@admin.register(Artwork)
class ArtworkAdmin(admin.ModelAdmin[Artwork]):
    """What is published, and by whom; staff can hide a work."""

    list_display = ("title", "owner", "style", "is_public", "created_at")
    list_filter = ("is_public", "style")
    list_select_related = ("owner", "style")
    search_fields = ("title", "owner__username")
    fields = ("title", "owner", "style", "is_public", "published_at", "created_at")
    readonly_fields = ("owner", "style", "published_at", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Works are saved from a finished job."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff hide a work; deleting it, with its files, is its owner's to decide."""
        return False

"""A photo in every style, small, for its owner."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_safe

from stylizer.files import picture_response
from stylizer.models import Photo, StylePreview
from stylizer.style_previews import ask_for_previews, previews_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def previews(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    """Which previews are there, by style; POST asks for those that are not."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        ask_for_previews(photo)
    response = JsonResponse(previews_of(photo))
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@login_required
def preview(request: HttpRequest, pk: uuid.UUID, sha256: str) -> HttpResponseBase:
    """One preview."""
    mine = StylePreview.objects.visible_to(request.user).ready()
    return picture_response(get_object_or_404(mine, photo=pk, checkpoint_sha256=sha256).picture)

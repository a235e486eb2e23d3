"""Photos as they are chosen in the studio: uploaded one by one, shown, and taken back."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from stylizer.deletion import delete_photo_unless_used
from stylizer.files import picture_response
from stylizer.models import Photo
from stylizer.photo_intake import take_in
from stylizer.rejections import Rejected


@require_POST
@login_required
def upload(request: HttpRequest) -> JsonResponse:
    """Take one photo in; answer with its id and where to see it, or with the reason why not."""
    assert request.user.is_authenticated  # noqa: S101  # login_required, said to the type checker
    try:
        photo = take_in(request.user, request.FILES.get("photo"))
    except Rejected as error:
        headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        problem = {"code": error.code, "detail": error.detail}
        return JsonResponse({"error": problem}, status=error.status, headers=headers)
    return JsonResponse(
        {
            "id": str(photo.pk),
            "name": photo.name,
            "width": photo.width,
            "height": photo.height,
            "before_url": reverse("stylizer:photo_before", args=[photo.pk]),
            "remove_url": reverse("stylizer:photo_remove", args=[photo.pk]),
        },
        status=201,
    )


@require_safe
@login_required
def before(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """A small upright copy of a photo, to its owner only; the upload itself is never served."""
    return picture_response(get_object_or_404(Photo.objects.visible_to(request.user), pk=pk).before)


@require_POST
@login_required
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back a photo that was not painted yet; one that was stays with its paintings."""
    delete_photo_unless_used(get_object_or_404(Photo.objects.visible_to(request.user), pk=pk))
    return HttpResponse(status=204)

"""What its owner does with a painting that is there: finish it anew, look at it so, take it away, keep it so."""

from __future__ import annotations

import hashlib
import json
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from mlcore.paint_options import PaintOptions
from mlcore.version import easel_version
from stylizer.files import picture_headers
from stylizer.finishing import chosen_finishing, finish_again, keep_finishing
from stylizer.models import Stylization
from stylizer.models.paint_choices import SUFFIXES
from stylizer.rejections import Rejected
from stylizer.views import own_job

_CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@require_safe
@login_required
def finished(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The painting with the choices of the query, computed now; what it does not name is as the job has it.

    ``download`` makes it an attachment, the owner's own copy, which keeps what the camera noted, without the place.
    """
    job = own_job(request, pk)
    download = "download" in request.GET
    try:
        options = chosen_finishing(job, request.GET)
        etag = _etag(job, options, download)
        # Asked before any picture is opened: what the browser has already costs nothing.
        unchanged = get_conditional_response(request, etag=etag) if job.master else None
        if unchanged is not None:
            return unchanged
        content = finish_again(job, options, camera_exif=download).content
    except Rejected as error:
        return HttpResponse(error.detail, status=error.status, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type=_CONTENT_TYPES[options.format])
    picture_headers(response)
    response["ETag"] = etag
    if download:
        name = f"{job.style.slug}-{job.created_at:%Y%m%d-%H%M%S}{SUFFIXES[options.format]}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@login_required
def keep(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make the choices of the form the painting's own."""
    job = own_job(request, pk)
    try:
        keep_finishing(job, chosen_finishing(job, request.POST))
        messages.success(request, "Kept: this is your painting now.")
    except Rejected as error:
        messages.error(request, error.detail)
    return redirect(job)


def _etag(job: Stylization, options: PaintOptions, download: bool) -> str:
    """Return what changes when the picture would: a master never changes under its name, and neither does a photo."""
    facts = [job.master.name, options.as_dict(), download, easel_version()]
    return quote_etag(hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32])

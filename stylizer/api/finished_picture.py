"""A painting as its caller wants it finished, made from the stored master where it is not the stored result."""

from __future__ import annotations

from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from mlcore.version import easel_version
from stylizer.api.file_answers import already_known, etag_of, made_file, stored_file
from stylizer.files import CONTENT_TYPES
from stylizer.finishing import chosen_finishing, finish_again
from stylizer.models import Status, Stylization
from stylizer.models.paint_choices import SUFFIXES
from stylizer.rejections import Rejected


def finished_picture(request: Request, job: Stylization) -> HttpResponseBase:
    """Return the painting with the finishing that the query names: strength, keep_colors, format, quality.

    ``download`` makes it an attachment, the owner's own copy, which keeps what the camera noted, without the place.

    Raises:
        Http404: there is no painting (yet).
        Rejected: a value that cannot be, or it cannot be finished anew.
    """
    if job.status != Status.SUCCEEDED:
        raise Http404
    options = chosen_finishing(job, request.query_params)
    download = _is_download(request)
    if options == job.options and not (download and job.master):
        return stored_file(request, job.result, download_as=_name(job, job.format) if download else "")
    etag = etag_of(job.master.name, job.photo.sha256, options.as_dict(), download, easel_version())
    # Asked before any picture is opened: what the program has already costs nothing.
    if job.master and (known := already_known(request, etag)) is not None:
        return known
    content = finish_again(job, options, camera_exif=download).content
    return made_file(
        request,
        content,
        etag,
        content_type=CONTENT_TYPES[SUFFIXES[options.format]],
        download_as=_name(job, options.format) if download else "",
    )


def _is_download(request: Request) -> bool:
    text = request.query_params.get("download", "false").lower()
    if text not in ("true", "1", "false", "0"):
        raise Rejected("download_invalid", "download must be true or false.", field="download")
    return text in ("true", "1")


def _name(job: Stylization, image_format: str) -> str:
    return f"{job.style.slug}-{job.created_at:%Y%m%d-%H%M%S}{SUFFIXES[image_format]}"

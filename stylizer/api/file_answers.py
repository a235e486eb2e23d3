"""Pictures in answers: with an ``ETag``, in parts, and not sent again to whoever has them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer.api.conditional import ASK_EVERY_TIME
from stylizer.api.errors import error_response
from stylizer.file_delivery import whole_file
from stylizer.files import content_type_of, picture_headers
from stylizer.ranges import NotSatisfiable, wanted_part
from stylizer.stored_file import open_stored, sent_to_the_store


def stored_file(
    request: Request, file: FieldFile, *, download_as: str = "", public: bool = False, content_type: str = ""
) -> HttpResponseBase:
    """Return a stored picture, or the part of it that is asked for, to whoever the caller has checked already.

    Answers 304 to ``If-None-Match`` with what is there still, and 416 to a range that is not in the file. Where readers
    are sent to the store, it is the store that answers a range.

    Args:
        request: with its headers.
        file: what to send; it never changes under its name.
        download_as: a name makes it an attachment.
        public: everybody may see it and shared caches may keep it.
        content_type: of the file; empty: told from its name, as that of a picture.

    Raises:
        Http404: there is no file.
    """
    if not file:
        raise Http404
    kind = content_type or content_type_of(file)
    try:
        size = file.size
        etag = etag_of(str(file.name), size)
        if (known := already_known(request, etag, public=public)) is not None:
            return known
        if request.method == "GET" and (elsewhere := sent_to_the_store(file, kind, download_as)):
            # Neither stored nor given our ETag: "not modified" must never bring an address back to life.
            elsewhere["Cache-Control"] = "private, no-store"
            return elsewhere
        if "Range" not in request.headers:
            return _described(whole_file(file, content_type=kind, download_as=download_as), etag, public)
        return _send(request, partial(open_stored, file), size, etag, kind, download_as, public)
    except FileNotFoundError as error:
        raise Http404 from error


def made_file(
    request: Request, content: bytes, etag: str, *, content_type: str, download_as: str = ""
) -> HttpResponseBase:
    """Return a picture that was made just now for whoever asks; as :func:`stored_file`."""

    def opened(start: int, end: int | None) -> BinaryIO:
        return io.BytesIO(content[start:end])

    return _send(request, opened, len(content), etag, content_type, download_as, public=False)


def etag_of(*facts: object) -> str:
    """Return a strong, quoted ``ETag`` that changes when one of the facts does."""
    return quote_etag(hashlib.sha256(repr(facts).encode()).hexdigest()[:32])


def already_known(request: Request, etag: str, *, public: bool = False) -> HttpResponseBase | None:
    """Return 304 for a program that has the file with this ``ETag``, or 412 where it wants another; else ``None``."""
    answer = get_conditional_response(request._request, etag=etag)
    if answer is not None and answer.status_code == 304:
        _cache_headers(answer, etag, public)
    return answer


def _send(
    request: Request,
    opened: Callable[[int, int | None], BinaryIO],
    size: int,
    etag: str,
    content_type: str,
    download_as: str,
    public: bool,
) -> HttpResponseBase:
    try:
        part = wanted_part(request._request, size, etag)
    except NotSatisfiable:
        return _not_satisfiable(size)
    # FileResponse closes what it was given, and a part as well as the whole is read in blocks.
    response = FileResponse(
        opened(part.start, part.end) if part else opened(0, None),
        status=206 if part else 200,
        content_type=content_type,
        as_attachment=bool(download_as),
        filename=download_as,
    )
    response["Content-Length"] = str(part.end - part.start if part else size)
    if part:
        response["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    return _described(response, etag, public)


def _described(response: HttpResponseBase, etag: str, public: bool) -> HttpResponseBase:
    picture_headers(response, public=public)
    _cache_headers(response, etag, public)
    response["Accept-Ranges"] = "bytes"
    return response


def _not_satisfiable(size: int) -> Response:
    response = error_response(
        "range_not_satisfiable", f"This file has {size} bytes, and none in the range asked for.", http_status=416
    )
    response["Content-Range"] = f"bytes */{size}"
    return response


def _cache_headers(response: HttpResponseBase | HttpResponse, etag: str, public: bool) -> None:
    response["ETag"] = etag
    if not public:
        # The address stays when the painting is finished anew, so whoever keeps it asks each time.
        response["Cache-Control"] = ASK_EVERY_TIME
        patch_vary_headers(response, ["Authorization", "Cookie"])

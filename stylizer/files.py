"""Serving stored pictures to whoever the caller has already checked."""

from __future__ import annotations

from django.core.files.storage import Storage
from django.db.models.fields.files import FieldFile
from django.http import Http404
from django.http.response import HttpResponseBase

from stylizer.file_delivery import whole_file
from stylizer.stored_file import sent_to_the_store

# Even a file that slipped through must not run as a page of this site.
_SANDBOX = "sandbox; default-src 'none'"
CONTENT_TYPES = {".jpg": "image/jpeg", ".webp": "image/webp", ".png": "image/png"}
"""By how a file's name ends."""


def picture_response(
    file: FieldFile, *, download_as: str = "", public: bool = False, in_this_answer: bool = False
) -> HttpResponseBase:
    """Return a picture inline, or as the attachment ``download_as``; or where it is for the next minutes.

    Args:
        file: the picture.
        download_as: a name makes it an attachment.
        public: everybody may see it and shared caches may keep it.
        in_this_answer: never send the reader elsewhere for it.

    Raises:
        Http404: there is no file.
    """
    if not file:
        raise Http404
    if not in_this_answer and (elsewhere := sent_to_the_store(file, content_type_of(file), download_as)):
        return elsewhere
    try:
        response = whole_file(file, content_type=content_type_of(file), download_as=download_as)
    except FileNotFoundError as error:
        raise Http404 from error
    picture_headers(response, public=public)
    return response


def content_type_of(file: FieldFile) -> str:
    """Return the type of a stored picture, told from the name that Easel gave it."""
    name = file.name or ""
    return CONTENT_TYPES.get(name[name.rfind(".") :].lower(), "application/octet-stream")


def picture_headers(response: HttpResponseBase, *, public: bool = False) -> None:
    """Set what every picture is sent with."""
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    # A file never changes under its address, but a private one must not stay in a shared cache.
    response["Cache-Control"] = "public, max-age=86400" if public else "private, max-age=3600"


def delete_files(*files: FieldFile) -> None:
    """Remove the files behind these fields, after their row is gone; also what a write that broke off has left."""
    for file in files:
        storage: Storage = file.storage
        if file.name:
            storage.delete(file.name)
        elif file.instance.pk is not None:  # Django takes the key from a row that it deleted
            # A field learns its file's name only when all of it is written.
            storage.delete(file.field.generate_filename(file.instance, ""))

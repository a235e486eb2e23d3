"""Sending a stored file to whoever a view has checked: by this process, or by the nginx in front of it.

nginx sends it where ``EASEL_ACCEL_LOCATION`` names one of its internal locations (``X-Accel-Redirect``), which keeps no
thread here busy with a slow reader.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from stylizer.stored_file import open_stored


def whole_file(file: FieldFile, *, content_type: str, download_as: str = "") -> HttpResponseBase:
    """Return all of a stored file, shown in place or as the attachment ``download_as``.

    Raises:
        FileNotFoundError: its row names it, but it is not there.
        SuspiciousFileOperation: its name leads out of the storage.
    """
    address = accel_address(file)
    if address:
        file.storage.get_modified_time(str(file.name))  # a file that is gone is told here, as it is without nginx
        response = HttpResponse(content_type=content_type, headers={"X-Accel-Redirect": address})
        name = os.path.basename(download_as or str(file.name))
        response["Content-Disposition"] = content_disposition_header(bool(download_as), name) or "inline"
        return response
    opened = open_stored(file)
    sent = FileResponse(opened, content_type=content_type, as_attachment=bool(download_as), filename=download_as)
    sent["Content-Length"] = str(opened.size)
    return sent


def accel_address(file: FieldFile) -> str:
    """Return where nginx finds a file, percent-encoded; empty where Easel sends it, or where it is on no local disk.

    Raises:
        SuspiciousFileOperation: its name leads out of the storage.
    """
    storage = file.storage
    if not settings.EASEL_ACCEL_LOCATION or not isinstance(storage, FileSystemStorage):
        return ""
    below = Path(storage.path(str(file.name))).relative_to(storage.location)
    return str(settings.EASEL_ACCEL_LOCATION) + quote(below.as_posix())

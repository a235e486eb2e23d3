"""Files that are too large are dropped while they arrive: nobody can fill the disk, not even before signing in."""

from __future__ import annotations

import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

from stylizer import checkpoint_intake


class BoundedTemporaryUpload(TemporaryFileUploadHandler):
    """Writes to temporary files what all files of a request may have together, and no more.

    A file beyond that is cut off but tells its true size, so whoever wanted it refuses it as too large.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._limit = max(settings.EASEL_MAX_UPLOAD_BYTES, checkpoint_intake.MAX_CHECKPOINT_BYTES)
        self._received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a temporary file without a name, of which nothing is left when this process is killed."""
        FileUploadHandler.new_file(self, *args, **kwargs)
        file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  # the request closes it
        self.file = UploadedFile(  # type: ignore[assignment]  # Django's has a name, which nothing here asks for
            file, self.file_name, self.content_type, 0, self.charset, self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write the chunk, or drop it."""
        self._received += len(raw_data)
        if self._received <= self._limit:
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        """Return the temporary file."""
        cut_off = self._received > self._limit
        return super().file_complete(max(file_size, self._limit + 1) if cut_off else file_size)

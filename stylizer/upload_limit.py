"""Files that are too large are dropped while they arrive: nobody can fill the disk, not even before signing in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from stylizer import checkpoint_intake


class BoundedTemporaryUpload(TemporaryFileUploadHandler):
    """Writes to temporary files what all files of a request may have together, and no more.

    A file beyond that is cut off but tells its true size, so whoever wanted it refuses it as too large.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._limit = max(settings.EASEL_MAX_UPLOAD_BYTES, checkpoint_intake.MAX_CHECKPOINT_BYTES)
        self._received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write the chunk, or drop it."""
        self._received += len(raw_data)
        if self._received <= self._limit:
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        """Return the temporary file."""
        cut_off = self._received > self._limit
        return super().file_complete(max(file_size, self._limit + 1) if cut_off else file_size)

"""How static files are kept: named by their content, with a compressed copy beside each."""

from __future__ import annotations

from typing import Any

from whitenoise.compress import Compressor  # type: ignore[import-untyped]
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no type hints
    """whitenoise's, with gzip alone."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Leave brotli out, which whitenoise would use wherever some package has brought it along.

        At its slowest level it takes a minute at the first start, to make a few hundred kilobytes a tenth smaller.
        """
        return Compressor(use_brotli=False, **kwargs)

"""How static files are kept: named by their content, with a compressed copy beside each."""

from __future__ import annotations

from typing import Any

from whitenoise.compress import Compressor  # type: ignore[import-untyped]
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no type hints
    """whitenoise's, with gzip alone, and an address that is worked out once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Leave brotli out, which whitenoise would use wherever some package has brought it along.

        At its slowest level it takes a minute at the first start, to make a few hundred kilobytes a tenth smaller.
        """
        return Compressor(use_brotli=False, **kwargs)

    def url(self, name: str, force: bool = False) -> str:
        """Return a file's address, which does not change while the process runs: a page names dozens of files.

        Raises:
            ValueError: there is no such file.
        """
        if force:
            return str(super().url(name, force))
        address = self._addresses.get(name)
        if address is None:
            address = self._addresses[name] = str(super().url(name))
        return address

"""Files in a private bucket of an S3-compatible store: django-storages, set up the way Easel needs it.

No file has a path here. Who wants a part of one reads a part (:meth:`BucketStorage.open_part`), who wants it on the
disk asks :mod:`stylizer.local_copy`, and a browser may be sent to the store for it
(:meth:`BucketStorage.presigned_address`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, cast

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage

_MEMORY = 1024 * 1024
_ONE_REQUEST = 1024**3
"""No file of ours is as large, so each is stored by one request, whole or not at all, and none is left in parts."""


_REMEMBERED = 100_000


class FileFacts(NamedTuple):
    """What a listing says of a file."""

    name: str
    bytes: int
    modified: datetime


class PartStream:
    """A file or a part of one, as it comes from the store."""

    def __init__(self, body: Any, size: int) -> None:
        """Take the body of an answer and how many bytes it has."""
        self._body, self.size = body, size

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``."""
        return bytes(self._body.read(None if size < 0 else size))

    def close(self) -> None:
        """Let go of the connection, whether all was read or not."""
        self._body.close()

    def __enter__(self) -> PartStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class BucketStorage(S3Storage):  # type: ignore[misc]  # django-storages has no type hints
    """A bucket that nobody but Easel reads; a file in it is never overwritten."""

    public_endpoint_url: str
    connection: Any  # boto3 makes its classes while it runs
    bucket_name: str

    def __init__(self, **settings: Any) -> None:
        """Take django-storages' options and ``public_endpoint_url``, under which browsers reach the store."""
        super().__init__(**settings)
        self.client_config = _client_config(self.addressing_style)
        self._sizes: dict[str, int] = {}

    def get_default_settings(self) -> dict[str, Any]:
        """Return django-storages' settings with ours in their place."""
        defaults: dict[str, Any] = super().get_default_settings()
        return defaults | {
            "file_overwrite": False,
            "default_acl": None,  # the bucket's own, which is private
            "max_memory_size": _MEMORY,
            "transfer_config": TransferConfig(multipart_threshold=_ONE_REQUEST, use_threads=False),
            "public_endpoint_url": "",
        }

    @property
    def bucket(self) -> Any:
        """The bucket, by this thread's own connection."""
        return self.connection.Bucket(self.bucket_name)

    def open_part(self, name: str, start: int = 0, end: int | None = None) -> PartStream:
        """Return a stream of the bytes from ``start`` up to ``end``, which is not included; nothing is read ahead.

        Raises:
            FileNotFoundError: there is no such file.
        """
        last = "" if end is None else str(end - 1)
        wanted = {"Range": f"bytes={start}-{last}"} if start or last else {}
        try:
            answer = self.bucket.Object(self._normalize_name(name)).get(**wanted)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(name) from error
            raise
        return PartStream(answer["Body"], int(answer["ContentLength"]))

    def presigned_address(self, name: str, seconds: int, headers: dict[str, str]) -> str:
        """Return an address under which anybody may read the file for so long, answered with these headers.

        Args:
            name: of the file; whether it exists is not asked.
            seconds: how long.
            headers: ``Content-Type``, ``Content-Disposition`` and ``Cache-Control``, as far as wanted.
        """
        wanted = {f"Response{header.replace('-', '')}": value for header, value in headers.items() if value}
        # Another host's name needs another client; it only computes. One a thread, as django-storages' connections.
        client = getattr(self._connections, "public", None)
        if client is None:
            client = self._connections.public = self._create_session().client(
                "s3",
                region_name=self.region_name,
                endpoint_url=self.public_endpoint_url or self.endpoint_url,
                config=self.client_config,
            )
        target = {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}
        return str(client.generate_presigned_url("get_object", Params=target | wanted, ExpiresIn=seconds))

    def get_modified_time(self, name: str) -> datetime:
        """Return when the file was stored.

        Raises:
            FileNotFoundError: there is no such file.
        """
        try:
            return cast(datetime, super().get_modified_time(name))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(name) from error
            raise

    def every_file(self) -> Iterator[FileFacts]:
        """Yield every file; a request for each thousand of them, where asking about each would be one for each."""
        prefix = f"{self.location.strip('/')}/" if self.location else ""
        for stored in self.bucket.objects.filter(Prefix=prefix):
            yield FileFacts(stored.key.removeprefix(prefix), stored.size, stored.last_modified)

    def remembered_size(self, name: str) -> int:
        """Return a file's size, asked once by each process; for sums over many files, not for whether it is there.

        Raises:
            FileNotFoundError: there was no such file.
        """
        size = self._sizes.get(name)
        if size is None:
            if len(self._sizes) >= _REMEMBERED:
                self._sizes.clear()
            size = self._sizes[name] = int(self.size(name))
        return size


def _client_config(addressing: str) -> Config:
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": addressing},
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 3},
        # Newer checksums than the signed one only where the store insists: most compatible stores refuse them.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )

"""``STORAGE_URL``: where files are kept when not in a folder, in one line as ``DATABASE_URL`` says it of the database.

s3://KEY:SECRET@HOST:PORT/BUCKET/FOLDER?region=eu-central-1&tls=0&public=https://files.example.org
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from marshmallow import ValidationError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.ASCII)
_FLAGS = {"1": True, "true": True, "0": False, "false": False}
_IN_KEYS = "in keys and secrets / is written %2F, @ %40, : %3A, # %23 and ? %3F."
_OPTIONS = ("region", "tls", "addressing", "public")


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket of an S3-compatible store and how to reach it."""

    endpoint: str
    """Scheme, host and port."""
    name: str
    folder: str
    """In the bucket; empty: all of it."""
    region: str
    access_key: str
    """Empty: boto3 looks for both keys where it always does, in ``AWS_ACCESS_KEY_ID`` first."""
    secret_key: str
    addressing: str
    """``path`` or ``virtual``, that is as part of the host's name."""
    public_endpoint: str
    """Under which browsers reach it."""

    @property
    def origin(self) -> str:
        """What browsers call the place that presigned addresses lead to, for the CSP."""
        parts = urlsplit(self.public_endpoint)
        return f"{parts.scheme}://{self.name}.{parts.netloc}" if self.addressing == "virtual" else self.public_endpoint

    def options(self) -> dict[str, Any]:
        """Return the options of :class:`stylizer.bucket_storage.BucketStorage`."""
        return {
            "bucket_name": self.name,
            "location": self.folder,
            "endpoint_url": self.endpoint,
            "public_endpoint_url": self.public_endpoint,
            "region_name": self.region,
            "addressing_style": self.addressing,
            **({"access_key": self.access_key, "secret_key": self.secret_key} if self.access_key else {}),
        }


def read_storage_url(text: str) -> Bucket:
    """Return what ``text`` says.

    Raises:
        ValidationError: it is no such address; the reason never repeats the secret.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        # What Python says would repeat a piece of it, which may be of the secret.
        raise ValidationError(f"It is no address: the port is a number, and {_IN_KEYS}") from error
    if parts.scheme != "s3":
        raise ValidationError("It begins with s3://, the one kind of store that there is.")
    if not host or not _HOST.fullmatch(host):
        raise ValidationError("After the keys and @ it names the store’s host, such as s3.eu-central-1.amazonaws.com.")
    name, _, folder = unquote(parts.path).strip("/").partition("/")
    if not _BUCKET.fullmatch(name):
        raise ValidationError("After the host it names a bucket: 3 to 63 small letters, digits, dots and hyphens.")
    if any(step in ("", ".", "..") for step in folder.split("/")) and folder:
        raise ValidationError("The folder in the bucket is a plain path.")
    access_key, secret_key = _keys(parts)
    options = _options(parts)
    if parts.fragment:
        raise ValidationError(f"It has a #, but {_IN_KEYS}")
    tls = _FLAGS.get(options.get("tls", "1"))
    if tls is None:
        raise ValidationError("tls is 1 or 0.")
    shown_host = f"[{host}]" if ":" in host else host
    endpoint = f"{'https' if tls else 'http'}://{shown_host}" + (f":{port}" if port else "")
    addressing = options.get("addressing", "virtual" if host.endswith(".amazonaws.com") else "path")
    if addressing not in ("path", "virtual"):
        raise ValidationError("addressing is path or virtual.")
    return Bucket(
        endpoint=endpoint,
        name=name,
        folder=folder,
        region=options.get("region", "us-east-1"),
        access_key=access_key,
        secret_key=secret_key,
        addressing=addressing,
        public_endpoint=_public_endpoint(options.get("public", endpoint)),
    )


def check_storage_url(text: str) -> None:
    """Refuse what :func:`read_storage_url` cannot read."""
    read_storage_url(text)


def _keys(parts: SplitResult) -> tuple[str, str]:
    # In a key or secret a / or @ would end this part; that these want %2F and %40 is worth a sentence.
    if "@" in parts.path or (parts.username is None) != (parts.password is None):
        raise ValidationError(f"Keys are KEY:SECRET@ before the host, and {_IN_KEYS}")
    access_key, secret_key = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(access_key) != bool(secret_key):
        raise ValidationError("It has a key without a secret, or a secret without a key. Give both, or neither.")
    return access_key, secret_key


def _options(parts: SplitResult) -> dict[str, str]:
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise ValidationError("After ? it has NAME=VALUE, joined by &.") from error
    for name, value in pairs:
        if name not in _OPTIONS:
            raise ValidationError(f"{name} is no option of it; there are {', '.join(_OPTIONS)}.")
        if not value or sum(other == name for other, _ in pairs) > 1:
            raise ValidationError(f"{name} is given once, with a value.")
    return dict(pairs)


def _public_endpoint(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValidationError("public is where browsers reach the store: https://HOST or http://HOST, without a path.")
    return f"{parts.scheme}://{parts.netloc}"

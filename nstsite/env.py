"""The environment variables Easel reads: typed, with defaults, and strict about mistakes.

A wrong value or a misspelt ``EASEL_…`` name stops the start with one clear sentence; nothing falls back silently.
"""

from __future__ import annotations

import dataclasses
import difflib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from marshmallow import ValidationError, fields, validate

from nstsite.storage_url import check_storage_url

PROJECT_DIR = Path(__file__).resolve().parent.parent
PREFIX = "EASEL_"


class SettingsError(Exception):
    """One or more variables are wrong; the text names each and says what it takes."""


def _variable(
    default: Any,
    help_text: str,
    *,
    name: str = "",
    check: Callable[[Any], Any] | None = None,
    is_secret: bool = False,
) -> Any:
    metadata = {"help": help_text, "name": name, "check": check, "is_secret": is_secret}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def _network(text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValidationError(f"{text} is no network such as 10.1.0.0/16.") from error


_positive = validate.Range(min=1)
RENAMED = {
    "EASEL_SIGNUP_OPEN": "EASEL_SIGNUP_OPEN is now EASEL_SIGNUP: in place of false write EASEL_SIGNUP=closed, in place "
    "of true EASEL_SIGNUP=open, or let only invited people in with EASEL_SIGNUP=invitation.",
}
"""What to write in place of a name that was taken before."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One field a variable: ``debug`` is ``EASEL_DEBUG``."""

    debug: bool = _variable(False, "Django's debug pages and e-mail on the console; never on a public server")
    secret_key: str = _variable("", "signing key; empty: made once and kept in secret_key.txt of the data folder")
    data_dir: Path = _variable(PROJECT_DIR, "folder of the database, media and secret key; default: the checkout")
    database_url: str = _variable(
        "", "PostgreSQL, as postgres://user:password@host/name; empty: SQLite", name="DATABASE_URL"
    )
    redis_url: str = _variable(
        "",
        "Redis to wake workers through and to count attempts in, as redis://host:6379/0; empty: the database",
        name="REDIS_URL",
    )
    storage_url: str = _variable(
        "",
        "S3-compatible store of all files, as s3://KEY:SECRET@host/bucket?region=eu-central-1; empty: the data folder",
        name="STORAGE_URL",
        check=check_storage_url,
        is_secret=True,
    )
    presigned_seconds: int = _variable(
        0,
        "with STORAGE_URL, send browsers to the store by addresses good for so long, seconds; 0: send files from here",
        check=validate.Range(min=0, max=3600),
    )
    allowed_hosts: list[str] = _variable(["127.0.0.1", "localhost", "[::1]"], "host names served, comma-separated")
    csrf_trusted_origins: list[str] = _variable([], "origins with scheme that may post forms, comma-separated")
    https: bool = _variable(False, "the site is reached by HTTPS: secure cookies, redirect from HTTP, HSTS")
    trusted_proxies: int = _variable(
        0, "reverse proxies in front whose X-Forwarded headers count", check=validate.Range(min=0, max=5)
    )
    accel_location: str = _variable(
        "",
        "location of nginx that sends media files after Easel's check, as /protected/; empty: Easel sends them",
        check=validate.Regexp(r"(/[A-Za-z0-9_-]+)+/\Z", error="Not a location such as /protected/."),
    )
    signup: str = _variable(
        "open",
        "who may create an account: open, invitation or closed",
        check=validate.OneOf(["open", "invitation", "closed"]),
    )
    email_verification: str = _variable(
        "auto",
        "auto, none, optional or mandatory; auto: optional with a mail server, none without",
        check=validate.OneOf(["auto", "none", "optional", "mandatory"]),
    )
    smtp_host: str = _variable("", "mail server; empty: mails are printed on the console")
    smtp_port: int = _variable(587, "mail server's port", check=validate.Range(min=1, max=65535))
    smtp_user: str = _variable("", "mail server's user")
    smtp_password: str = _variable("", "mail server's password")
    smtp_tls: bool = _variable(True, "STARTTLS")
    from_email: str = _variable("easel@localhost", "sender of mails")
    max_upload_mb: int = _variable(40, "largest photo file, MB", check=_positive)
    max_photo_megapixels: int = _variable(50, "largest photo, million pixels", check=validate.Range(min=1, max=200))
    max_output_megapixels: int = _variable(
        16, "largest painting, million pixels; a worker needs about 0.3 GB for each", check=_positive
    )
    max_queued_per_user: int = _variable(20, "photos one person may have waiting or in work", check=_positive)
    max_queued: int = _variable(2000, "photos of everybody that may be waiting", check=_positive)
    quota_mb: int = _variable(0, "files one person may keep here, MB; 0: any amount", check=validate.Range(min=0))
    job_timeout_seconds: int = _variable(600, "longest time one painting may take", check=validate.Range(min=30))
    lease_seconds: int = _variable(60, "a worker silent for so long is taken for dead", check=validate.Range(min=2))
    stop_seconds: int = _variable(
        6,
        "a worker that is told to stop has so long to finish its painting, then another worker gets it",
        check=validate.Range(min=0),
    )
    sync_wait_seconds: int = _variable(
        60, "longest wait of /stylize, /stylize_download and Prefer: wait", check=_positive
    )
    workers: int = _variable(1, "worker processes on this machine; they share its cores", check=_positive)
    queue: str = _variable(
        "cpu",
        "what this machine's worker is for: cpu, gpu (large paintings) or long (batches, new styles); it takes besides "
        "what no other worker serves",
        check=validate.OneOf(["cpu", "gpu", "long"]),
    )
    gpu_megapixels: int = _variable(
        4,
        "paintings of more million pixels wait for a worker with EASEL_QUEUE=gpu, where there is one",
        check=_positive,
    )
    token_days: int = _variable(90, "life of an API token whose maker chooses no other, days", check=_positive)
    token_never_expires: bool = _variable(False, "API tokens may be made that have no end")
    api_creates_per_minute: int = _variable(
        120, "what one API token may make a minute; an address four times that", check=_positive
    )
    api_requests_per_minute: int = _variable(
        1200, "other requests of one API token a minute and web process; an address four times that", check=_positive
    )
    history_days: int = _variable(
        30, "results that were not saved stay in the history so long, days; 0: for ever", check=validate.Range(min=0)
    )
    trash_days: int = _variable(
        30,
        "deleted works stay in the trash so long, days; 0: until their owner empties it",
        check=validate.Range(min=0),
    )
    webhook_networks: list[str] = _variable(
        [], "networks that are not public to which webhooks may be sent, comma-separated", check=_network
    )
    log_level: str = _variable(
        "INFO", "DEBUG, INFO, WARNING or ERROR", check=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"])
    )
    log_format: str = _variable(
        "plain", "plain lines, or json: one object a line", check=validate.OneOf(["plain", "json"])
    )
    metrics_token: str = _variable("", "bearer token that /metrics asks for; empty: there is no /metrics")
    sentry_dsn: str = _variable("", "where errors are reported to, a Sentry DSN; empty: nowhere")


def variable_name(item: dataclasses.Field[Any]) -> str:
    """Return the variable a field is read from."""
    return item.metadata["name"] or PREFIX + item.name.upper()


def variables() -> list[str]:
    """Return the names of all variables."""
    return [variable_name(item) for item in dataclasses.fields(Environment)]


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Return the typed settings of ``environ``.

    Raises:
        SettingsError: listing every wrong value and every unknown ``EASEL_…`` name.
    """
    hints = get_type_hints(Environment)
    problems: list[str] = []
    values: dict[str, Any] = {}
    names = {variable_name(item): item for item in dataclasses.fields(Environment)}
    for name, item in names.items():
        if not environ.get(name, "").strip():
            continue
        try:
            values[item.name] = _parse(environ[name].strip(), hints[item.name], item.metadata["check"])
        except ValidationError as error:
            shown = name if item.metadata["is_secret"] else f"{name}={environ[name]!r}"
            problems.append(f"{shown} cannot be used ({item.metadata['help']}): " + " ".join(error.messages))
    for name in environ:
        if name in RENAMED:
            problems.append(RENAMED[name])
        elif name.startswith(PREFIX) and name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            problems.append(f"{name} is not a setting of Easel" + (f"; did you mean {close[0]}?" if close else "."))
    environment = Environment(**values)
    if environment.accel_location and not environment.trusted_proxies:
        problems.append(
            "EASEL_ACCEL_LOCATION has nginx send the files, so that without it every picture is empty: put nginx in "
            "front and set EASEL_TRUSTED_PROXIES=1, or leave EASEL_ACCEL_LOCATION out."
        )
    if problems:
        raise SettingsError("\n".join(problems))
    return environment


_FIELDS: dict[Any, type[fields.Field[Any]]] = {bool: fields.Boolean, int: fields.Integer, str: fields.String}


def _parse(text: str, hint: Any, check: Callable[[Any], Any] | None) -> Any:
    if hint == list[str]:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if check is not None:
            for part in parts:
                check(part)
        return parts
    if hint is Path:
        return Path(text).expanduser().resolve()
    return _FIELDS[hint](validate=check).deserialize(text)

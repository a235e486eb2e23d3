"""Where the command finds server and token: options, variables, a file that only its owner can read."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class ConfigError(Exception):
    """Server or token are not known, or the file cannot be used; says what to do."""


class Login(NamedTuple):
    """A server and, if there is one, the token for it."""

    url: str
    token: str | None


def config_path(environ: Mapping[str, str]) -> Path:
    """Return where the file is."""
    folder = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or Path.home()) / ".config"
    return Path(folder) / "easel" / "config.toml"


def find_login(url: str | None, token: str | None, environ: Mapping[str, str]) -> Login:
    """Return what was given as options, else ``EASEL_URL`` and ``EASEL_TOKEN``, else what the file says.

    The file's token goes to the file's server only.

    Raises:
        ConfigError: no server is named, or the file cannot be used.
    """
    saved = _read(config_path(environ))
    wanted = url or environ.get("EASEL_URL") or (saved.url if saved else None)
    if not wanted:
        raise ConfigError("Which server? Say --url https://…, set EASEL_URL, or run: easel login --url https://…")
    found = token or environ.get("EASEL_TOKEN")
    if not found and saved and saved.url.rstrip("/") == wanted.rstrip("/"):
        found = saved.token
    return Login(wanted, found or None)


def save_login(login: Login, environ: Mapping[str, str]) -> Path:
    """Write the file, for its owner's eyes only, and return where it is.

    Raises:
        OSError: it cannot be written.
    """
    path = config_path(environ)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    # Made with these rights: set afterwards, there would be a moment without them.
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        # A JSON string is a TOML string as well.
        file.write(f"url = {json.dumps(login.url)}\ntoken = {json.dumps(login.token or '')}\n")
    beside.replace(path)
    return path


def _read(path: Path) -> Login | None:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise ConfigError(f"{path} holds a token and others can read it. Run: chmod 600 {path}")
            values = tomllib.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    url, token = values.get("url"), values.get("token")
    if not isinstance(url, str) or not isinstance(token, str):
        raise ConfigError(f"{path} should hold url and token, two texts. Run: easel login --url https://…")
    return Login(url, token or None)

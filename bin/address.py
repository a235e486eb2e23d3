"""The address Easel serves on: HOST and PORT, looked at before anything is installed or started.

Run as a program, it says in one line why they cannot be used.
"""

from __future__ import annotations

import errno
import http.client
import os
import socket
import sys

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # served on only where HOST asks for it
"""Addresses that stand for every one of the machine, each with the one to reach it by from here."""


class AddressError(Exception):
    """HOST and PORT cannot be served on; the text says why and what to do."""


def address_from_environment() -> tuple[str, int]:
    """Return HOST (default 127.0.0.1) and PORT (default 8000).

    Raises:
        AddressError: PORT is no port number.
    """
    host = os.environ.get("HOST", "").strip("[] ") or "127.0.0.1"
    text = os.environ.get("PORT", "").strip() or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise AddressError(f"PORT={text} is not a port number; choose one from 1024 to 65535.")
    return host, int(text)


def check_address(host: str, port: int) -> None:
    """Return when ``host:port`` is free.

    Raises:
        AddressError: it is taken, needs more rights or is no address of this machine.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise AddressError(f"HOST={host} is not an address Easel can serve on: {error.strerror}.") from error
    except PermissionError as error:
        raise AddressError(f"Port {port} needs administrator rights; choose another: PORT=8000 make run") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 8000
            raise AddressError(
                f"Port {port} on {host} is in use. Stop what has it, or choose another: PORT={other} make run"
            ) from error
        raise AddressError(f"HOST={host} is not an address Easel can serve on: {error.strerror}.") from error


def answers(host: str, port: int) -> bool:
    """Return whether the web server answers; a redirect to HTTPS is an answer too."""
    # Asked by a name that the site serves, so that no refused request stands in the log.
    name = os.environ.get("EASEL_ALLOWED_HOSTS", "").split(",")[0].strip(" .*") or "localhost"
    connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """Return 0 where HOST and PORT are free, else 1."""
    try:
        check_address(*address_from_environment())
    except AddressError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

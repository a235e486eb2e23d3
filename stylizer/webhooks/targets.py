"""Where a message may be sent: never into the server's own house, whatever name leads there.

A webhook's address is written by anybody with an account, and the request is sent from inside the network. So a name
is resolved once, every address it has is checked, and the connection is made to a checked address itself: a name that
answers otherwise a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from stylizer.rejections import Rejected

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]
_URL = re.compile(r"[!-~]{1,500}")
_HOST = re.compile(r"[a-z0-9:._-]{1,253}")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
FIELD = "target_url"


@dataclass(frozen=True)
class Target:
    """A checked address: what to connect to, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


def system_resolver(host: str, port: int) -> list[str]:
    """Return the addresses that this machine knows for a name.

    Raises:
        OSError: none.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def check_target(url: str, resolver: Resolver = system_resolver) -> Target:
    """Return where a message to ``url`` goes.

    Raises:
        Rejected: no address of the web, one with a password in it, a name that is not known, one that leads to an
            address which is not public, or one without encryption.
    """
    scheme, host, port, path = _parts(url)
    try:
        found = list(dict.fromkeys(resolver(host, port)))
    except (OSError, UnicodeError) as error:
        raise _refused("target_unknown", f"No address is known for {host}. Check how it is written.") from error
    addresses = [ipaddress.ip_address(text) for text in found]
    if not addresses:
        raise _refused("target_unknown", f"No address is known for {host}. Check how it is written.")
    # All of them: which one a connection takes would be chance.
    if not all(map(_is_allowed, addresses)):
        raise _refused(
            "target_not_public",
            f"{host} leads to an address that is not public, and this server sends nothing there. Its administrator "
            "can allow networks with EASEL_WEBHOOK_NETWORKS.",
        )
    if scheme == "http" and not settings.DEBUG and not all(map(_is_listed, addresses)):
        raise _refused("target_not_encrypted", "The address must begin with https://.")
    return Target(scheme, host, port, path, tuple(map(str, addresses)))


def _parts(url: str) -> tuple[str, str, int, str]:
    if not _URL.fullmatch(url):
        raise _refused(
            "target_invalid",
            "The address must have 1 to 500 characters, all of them ASCII and none a space. Write a name with other "
            "letters in its xn-- form.",
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _refused("target_invalid", "This is no address of the web.") from error
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or port == 0:
        raise _refused("target_invalid", "The address must be like https://example.org/hooks.")
    if "@" in parts.netloc:
        raise _refused(
            "target_with_password", "The address must have no user name or password. The signature tells who sends it."
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path


def _is_allowed(address: IPAddress) -> bool:
    real = _innermost(address)
    if _is_listed(real):
        return True
    if isinstance(real, ipaddress.IPv6Address) and real not in _GLOBAL_UNICAST:
        return False  # IPv4-compatible, site-local and what else is left of the past
    return real.is_global and not real.is_multicast


def _is_listed(address: IPAddress) -> bool:
    real = _innermost(address)
    return any(real in network for network in settings.EASEL_WEBHOOK_NETWORKS)


def _innermost(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that one of IPv6 stands for, where a gateway or the kernel would take it for that."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _refused(code: str, detail: str) -> Rejected:
    return Rejected(code, detail, field=FIELD)

"""One POST to a checked address: bounded in time and in what is read, following nothing.

``http.client`` and not a library with sessions: the connection must go to the address that was checked while Host and
the certificate are those of the name, no proxy of the environment may come between, and no redirect be followed.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from stylizer.webhooks.targets import Target

SECONDS = 5
"""To connect, and between two pieces of the answer."""
DEADLINE = 15
"""Seconds for all of it: a receiver that sends a byte every four seconds must not hold a worker."""
MOST_READ = 1024
"""Bytes of the answer's body."""
MOST_ADDRESSES = 3
"""Tried of a name that has many."""
_TOO_SLOW = f"The receiver took longer than {DEADLINE} s."


@dataclass(frozen=True)
class Answer:
    """How a receiver answered: its status, and the beginning of what it said."""

    status: int
    beginning: str


class NoAnswer(Exception):
    """Nothing came back that can be understood; the text says why."""


class _PinnedConnection(HTTPConnection):
    """A connection to one address of a name."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=SECONDS)
        # What Host leaves the port out for.
        self.default_port = 443 if target.scheme == "https" else 80
        self._target, self._address = target, address
        self._is_given_up = False

    def connect(self) -> None:
        """Connect to the address, and to the name behind it where there is encryption."""
        self.sock = socket.create_connection((self._address, self._target.port), timeout=SECONDS)
        if self._target.scheme == "https":
            wrapped = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            self.sock = wrapped
            wrapped.do_handshake()

    def give_up(self) -> None:
        """End whatever another thread waits for on this connection."""
        self._is_given_up = True
        if self.sock is not None:
            try:
                # Below the encryption, whose own shutdown belongs to the other thread.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself

    @property
    def is_given_up(self) -> bool:
        """Whether its time ran out."""
        return self._is_given_up


def post(target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send ``body`` and return the answer, whatever its status.

    Raises:
        NoAnswer: no connection, a certificate that is not the name's, no HTTP, or too slow.
    """
    started = time.monotonic()
    problem = NoAnswer("There was no time left.")
    for address in target.addresses[:MOST_ADDRESSES]:
        left = DEADLINE - (time.monotonic() - started)
        if left <= 0:
            break
        connection = _PinnedConnection(target, address)
        watch = threading.Timer(left, connection.give_up)
        watch.daemon = True
        watch.start()
        try:
            connection.connect()
        except (OSError, ValueError) as error:  # ValueError: a name that no certificate can have
            problem = NoAnswer(_reason(error, connection))
            connection.close()
            watch.cancel()
            continue
        # Connected: what fails from here on may have been received, so no other address is tried.
        try:
            return _exchange(connection, target, headers, body)
        finally:
            watch.cancel()
            connection.close()
    raise problem


def _exchange(connection: _PinnedConnection, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        connection.request("POST", target.path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        beginning = response.read(MOST_READ)
    except (OSError, HTTPException) as error:
        raise NoAnswer(_reason(error, connection)) from error
    if connection.is_given_up:  # where the end of an answer cannot be told from a connection that ended
        raise NoAnswer(_TOO_SLOW)
    # A NUL is no text to PostgreSQL.
    return Answer(response.status, beginning.decode("utf-8", "replace").replace("\0", "\ufffd"))


def _reason(error: Exception, connection: _PinnedConnection) -> str:
    if connection.is_given_up:
        return _TOO_SLOW
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The receiver's certificate cannot be trusted: {error.verify_message}."
    if isinstance(error, TimeoutError):
        return f"The receiver said nothing for {SECONDS} s."
    if isinstance(error, HTTPException):
        return "The receiver does not speak HTTP as it should."
    return f"No connection: {getattr(error, 'strerror', None) or type(error).__name__}."

"""A program that receives webhooks, on this machine: what it was sent, and answers in the order that a test gives."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple


class Received(NamedTuple):
    """One request."""

    path: str
    headers: Message
    body: bytes


class Answered(NamedTuple):
    """What to answer."""

    status: int = 200
    body: bytes = b"thank you"
    headers: dict[str, str] = {}


@dataclass
class Receiver:
    """Answers as told, then with 200."""

    port: int = 0
    answers: list[Answered] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    def url(self, scheme: str = "http", host: str = "127.0.0.1", path: str = "/hook?a=b") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@contextlib.contextmanager
def receiving(certificate: Path | None = None) -> Iterator[Receiver]:
    """Run a receiver, with encryption where there is a certificate (key in the same file)."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append(Received(self.path, self.headers, body))
            answer = receiver.answers.pop(0) if receiver.answers else Answered()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            # Whoever reads only the beginning of a long answer hangs up.
            with contextlib.suppress(OSError):
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

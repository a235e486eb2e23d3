"""Error reports go to the server that is set, and carry nothing private."""

from __future__ import annotations

import gzip
import importlib
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CODE = """
import django, sentry_sdk
django.setup()
from django.test import Client
from django.urls import path
from nstsite import urls
def fail(request):
    password = "a-secret-local"
    raise RuntimeError("it broke")
urls.urlpatterns.append(path("fail/", fail))
client = Client(raise_request_exception=False)
client.cookies["sessionid"] = "a-secret-cookie"
answer = client.post("/fail/", {"title": "a-secret-field"}, headers={"Authorization": "Token a-secret-token"})
assert answer.status_code == 500, answer.status_code
sentry_sdk.flush(10)
"""


def plain(body: bytes, encoding: str) -> bytes:
    """Undo what sentry's library does to a report: which it is depends on what is installed beside it."""
    if encoding == "br":
        unpacked: bytes = importlib.import_module("brotli").decompress(body)
        return unpacked
    return gzip.decompress(body) if encoding == "gzip" else body


def test_an_unhandled_error_is_reported_without_secrets(tmp_path: Path) -> None:
    received: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(plain(body, self.headers.get("Content-Encoding", "")))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EASEL_")}
    environ |= {
        "DJANGO_SETTINGS_MODULE": "nstsite.settings",
        "EASEL_DATA_DIR": str(tmp_path),
        "EASEL_ALLOWED_HOSTS": "testserver",
        "EASEL_SENTRY_DSN": f"http://key@127.0.0.1:{server.server_address[1]}/1",
        "DATABASE_URL": "",
        "no_proxy": "127.0.0.1",
    }
    try:
        run = subprocess.run(
            [sys.executable, "-c", CODE], env=environ, capture_output=True, text=True, check=False, timeout=120
        )
    finally:
        server.shutdown()
        server.server_close()
    assert run.returncode == 0, run.stderr
    sent = b"".join(received).decode()
    assert "it broke" in sent
    for secret in ("a-secret-local", "a-secret-cookie", "a-secret-field", "a-secret-token"):
        assert secret not in sent

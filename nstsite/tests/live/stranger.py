"""Somebody who asks over HTTPS with requests of their own making, down to headers and paths that no browser sends."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import urlencode

from nstsite.tests.live.nginx import HOST, Nginx
from nstsite.tests.live.program import PASSWORD

TIMEOUT = 200
"""Seconds; the machine may be busy with other things."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (by name in small letters; several of one name are joined) and body."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: dict[str, Morsel[str]]


class Stranger:
    """Has an address of its own within this machine, cookies, and headers that go with every request."""

    def __init__(self, nginx: Nginx, source: str = "127.0.0.1", **headers: str) -> None:
        self.source = source
        self.cookies: dict[str, str] = {}
        self.headers = headers
        self._nginx = nginx

    def connect(self) -> http.client.HTTPSConnection:
        """Return a new connection."""
        return http.client.HTTPSConnection(
            HOST, self._nginx.https_port, timeout=TIMEOUT, context=self._nginx.trust, source_address=(self.source, 0)
        )

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send one request, its path as it is, and return the answer; ``Host="…"`` and the like replace the usual."""
        named = {"Host": HOST} | self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            named["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = self.connect()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in named.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return self._keep(response, response.read())
        finally:
            connection.close()

    def post(self, path: str, fields: Mapping[str, Any]) -> Answer:
        """Send a form, with the token against forged ones."""
        return self.ask(
            "POST",
            path,
            urlencode(fields).encode(),
            Content_Type="application/x-www-form-urlencoded",
            **self.form_headers(),
        )

    def form_headers(self) -> dict[str, str]:
        """Return what a browser's form carries beside its fields."""
        for page in ("/accounts/login/", "/accounts/logout/"):  # the second is for those who have signed in
            if "csrftoken" not in self.cookies:
                self.ask("GET", page)
        return {
            "X_CSRFToken": self.cookies.get("csrftoken", ""),
            "Origin": self._nginx.url,
            "Referer": f"{self._nginx.url}/",
        }

    def sign_in(self, username: str) -> Answer:
        """Sign in as a person does."""
        page = self.ask("GET", "/accounts/login/")
        token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.body)
        assert token is not None, page
        fields = {"login": username, "password": PASSWORD, "csrfmiddlewaretoken": token[1].decode()}
        return self.post("/accounts/login/", fields)

    def _keep(self, response: http.client.HTTPResponse, body: bytes) -> Answer:
        jar = SimpleCookie[str]()
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                jar.load(value)
            else:
                headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
        for name, morsel in jar.items():
            self.cookies[name] = morsel.value
            if morsel["max-age"] == 0:
                del self.cookies[name]
        return Answer(response.status, headers, body, dict(jar))

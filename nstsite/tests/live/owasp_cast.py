"""Who asks a site behind nginx for what is not theirs, and what they are answered."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from nstsite.tests.live.nginx import Nginx
from nstsite.tests.live.stranger import Answer, Stranger
from nstsite.tests.test_access import ELSEWHERE, LOGIN, Row


@dataclass
class Cast:
    """An anonymous visitor, Charlie, who has an account and nothing else, and Alice, who owns ``things``."""

    nginx: Nginx
    sessions: dict[str, str]
    tokens: dict[str, str]
    things: dict[str, str]
    asked: int = 0
    csrf_cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    """One of each kind, asked for once."""
    _sources: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(1, 250)))

    @classmethod
    def set_up(cls, nginx: Nginx) -> Cast:
        """Start the site, without a worker, and give Alice one of everything."""
        made = json.loads(nginx.site.run("-m", "nstsite.tests.live.make_alices_things").splitlines()[-1])
        nginx.site.start_web()
        nginx.start()
        return cls(nginx, **made)

    def stranger(self, who: str = "anonymous", *, program: bool = False) -> Stranger:
        """Return one of the cast, each time at another address, since limits by address are not what is looked at."""
        headers = {"Authorization": f"Token {self.tokens[who]}"} if program and who in self.tokens else {}
        stranger = Stranger(self.nginx, f"127.0.9.{next(self._sources)}", **headers)
        if not program and who in self.sessions:
            stranger.cookies["sessionid"] = self.sessions[who]
        return stranger

    def ask(self, method: str, path: str, who: str = "anonymous", *, program: bool = False, **headers: str) -> Answer:
        """Send one request."""
        self.asked += 1
        return self.stranger(who, program=program).ask(method, path, **headers)

    def ask_row(self, row: Row, who: str) -> int | str:
        """Send the request of one row of test_access.py, and return its outcome in the words of that table."""
        self.asked += 1
        path = reverse(row.name, args=[part.format(**self.things) for part in row.args])
        stranger = self.stranger(who, program=row.api)
        headers: dict[str, Any] = {}
        body = None
        if row.method not in ("GET", "HEAD"):
            body = urlencode({key: value.format(**self.things) for key, value in row.data.items()}).encode()
            if not row.api:
                stranger.cookies |= self.csrf_cookies.get(who, {})
                headers = stranger.form_headers()
                self.csrf_cookies[who] = {"csrftoken": stranger.cookies["csrftoken"]}
            headers["Content_Type"] = "application/x-www-form-urlencoded"
        answer = stranger.ask(row.method, path, body, **headers)
        if answer.status != 302:
            return answer.status
        return LOGIN if answer.headers["location"].startswith("/accounts/login/?next=") else ELSEWHERE

"""Two hundred people who look around, and twenty who paint, half of them by programs; run by ``make load``.

Everybody reads what they have got before they go on, and asks again where the server is busy. What became of each
request goes to the file that LOAD_ANSWERS names, a line each: time, name, status, milliseconds, whether it said when to
come again.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from locust import FastHttpUser, between, events, task
from requests.cookies import create_cookie

PEOPLE: dict[str, Any] = json.loads(Path(os.environ["LOAD_PEOPLE"]).read_text())
PHOTO = Path(os.environ["LOAD_PHOTO"]).read_bytes()
_answers = Path(os.environ["LOAD_ANSWERS"]).open("w", encoding="utf-8")  # noqa: SIM115  # closed with the process
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_WORK = re.compile(r'href="(/gallery/[0-9a-f-]{36}/)"')
_PICTURE = re.compile(r'<img src="(/gallery/[^"]+)"')
_MORE = re.compile(r'href="(\?after=[^"]+)"')
_STYLE = re.compile(r'name="style"[^>]*value="([\w-]+)"')
NEW_PICTURES = 6
"""Of a page that are in sight and that the browser has not had before."""
POLL_SECONDS = 2


@events.request.add_listener  # type: ignore[untyped-decorator]
def _note(request_type: str, name: str, response_time: float, response: Any, **_: Any) -> None:
    status = getattr(response, "status_code", 0)
    again = status in (429, 503) and "Retry-After" in response.headers
    _answers.write(f"{time.time():.3f}\t{name}\t{status}\t{response_time:.1f}\t{int(again)}\n")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def _close(**_: Any) -> None:
    _answers.close()


class Person(FastHttpUser):
    """A browser with its cache.

    As browsers do, the client sends a GET again where a connection that was kept turns out to be closed, and no POST.
    """

    abstract = True
    concurrency = 1

    def on_start(self) -> None:
        """Come in; everybody at another moment of their reading."""
        self.seen: set[str] = set()
        self.works: list[str] = []
        time.sleep(random.uniform(0, 12))  # noqa: S311

    def sign_in(self, session: str) -> None:
        """Take the cookie of a session that is there already."""
        self.client.cookiejar.set_cookie(create_cookie("sessionid", session, domain=urlsplit(self.host).hostname))

    def look(self, address: str, name: str) -> str:
        """Return a page, with its pictures in sight fetched."""
        with self.client.get(address, name=name, catch_response=True) as answer:
            answer.success()  # the report tells what is a failure
            page = answer.text or ""
        self.works = _WORK.findall(page) or self.works
        for picture in [src for src in _PICTURE.findall(page) if src not in self.seen][:NEW_PICTURES]:
            self.seen.add(picture)
            with self.client.get(picture, name="(thumbnail)", catch_response=True) as answer:
                answer.success()
        return page


class Browsing(Person):
    """Looks at the gallery, its styles and works; half have signed in, and look at their own things too."""

    weight = 10
    wait_time = between(5, 20)

    def on_start(self) -> None:
        """Sign in, perhaps."""
        super().on_start()
        self.signed_in = random.random() < 0.5  # noqa: S311
        if self.signed_in:
            self.sign_in(random.choice(PEOPLE["sessions"]))  # noqa: S311
        self.more = "/gallery/"

    @task(6)
    def gallery(self) -> None:
        """See what is new."""
        page = self.look("/gallery/", "gallery")
        self.more = "/gallery/" + next(iter(_MORE.findall(page)), "").replace("&amp;", "&")

    @task(3)
    def further_down(self) -> None:
        """Scroll on."""
        self.look(self.more, "gallery, further down")

    @task(2)
    def search(self) -> None:
        """Look for something."""
        word = random.choice(["blue", "harbour", "garden+late", "window", "old+bridge", "quiet"])  # noqa: S311
        self.look(f"/gallery/?q={word}", "search")

    @task(6)
    def work(self) -> None:
        """Look at one work."""
        if self.works:
            self.look(random.choice(self.works), "work")  # noqa: S311

    @task(2)
    def style(self) -> None:
        """Look at a style."""
        self.look(f"/styles/{random.choice(PEOPLE['styles'])}/", "style")  # noqa: S311

    @task(3)
    def own(self) -> None:
        """Look at one's own things, or at the front page."""
        if self.signed_in:
            address, name = random.choice(  # noqa: S311
                [("/studio/", "studio"), ("/stylizations/", "history"), ("/gallery/mine/", "my works")]
            )
            self.look(address, name)
        else:
            self.look("/", "front page")


class Uploading(Person):
    """Chooses a photo, a style, and waits for the painting."""

    weight = 1
    wait_time = between(10, 30)

    def on_start(self) -> None:
        """Sign in."""
        super().on_start()
        self.sign_in(PEOPLE["uploaders"][0])
        PEOPLE["uploaders"].append(PEOPLE["uploaders"].pop(0))

    @task(3)
    def paint(self) -> None:
        """As the studio's page does it."""
        page = self.look("/studio/", "studio")
        found = _TOKEN.search(page)
        if not found:
            return
        token = found[1]
        time.sleep(random.uniform(2, 6))  # noqa: S311
        photo = self._send("/photos/", "photo", {"X-CSRFToken": token}, "upload")
        if photo is None:
            return
        time.sleep(random.uniform(4, 10))  # noqa: S311
        data = {"csrfmiddlewaretoken": token, "photo_id": photo["id"], "style": random.choice(PEOPLE["styles"])}  # noqa: S311
        data |= {"size_mode": "pixels", "size": "512"}
        with self.client.post(
            "/studio/", data=data, files={"photo": ("", b"")}, name="paint", allow_redirects=False, catch_response=True
        ) as answer:
            answer.success()
            address = (answer.headers or {}).get("Location", "")
        if not address:
            return
        self.look(address, "job")
        for _ in range(60):
            time.sleep(POLL_SECONDS)
            with self.client.get(f"{address}status/", name="job, asked again", catch_response=True) as answer:
                answer.success()
                if "HX-Refresh" in (answer.headers or {}):
                    break
        self.look(address, "job")

    @task(2)
    def paint_by_program(self) -> None:
        """As a program does it."""
        headers = {"Authorization": f"Token {random.choice(PEOPLE['tokens'])}"}  # noqa: S311
        data = {"style": random.choice(PEOPLE["styles"]), "size": "512"}  # noqa: S311
        job = self._send("/api/v1/stylizations/", "photo", headers, "API: paint", data)
        for _ in range(60):
            if not job or job["status"] not in ("queued", "running"):
                break
            time.sleep(POLL_SECONDS)
            with self.client.get(
                f"/api/v1/stylizations/{job['id']}/", headers=headers, name="API: job", catch_response=True
            ) as answer:
                answer.success()
                job = answer.json() if answer.status_code == 200 else None

    def _send(
        self, address: str, field: str, headers: dict[str, str], name: str, data: dict[str, str] | None = None
    ) -> Any:
        """Send the photo, and again where the server says when; return the answer, or ``None``."""
        for _ in range(8):
            with self.client.post(
                address,
                data=data,
                files={field: ("photo.jpg", PHOTO, "image/jpeg")},
                headers=headers,
                name=name,
                catch_response=True,
            ) as answer:
                answer.success()
                if answer.status_code in (201, 202):
                    return answer.json()
                if answer.status_code not in (429, 503):
                    return None
                wait = float(answer.headers.get("Retry-After", 5))
            time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311
        return None

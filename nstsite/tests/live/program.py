"""A program that uses the API over HTTP, with somebody's token."""

from __future__ import annotations

import copy
import json
import urllib.request
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from nstsite.tests.live.live_site import OPENER

PASSWORD = "a long walk home"
"""Of everybody."""


class Program:
    """Signs in with a name; every method raises HTTPError for an answer of 400 or more."""

    def __init__(self, url: str, username: str) -> None:
        self._url = url
        self.headers: dict[str, str] = {}
        answer = json.loads(self._post("/api/v1/auth/token/", {"username": username, "password": PASSWORD}))
        self.headers["Authorization"] = f"Token {answer['token']}"

    def at(self, url: str) -> Program:
        """Return this program, with the same token, at another server of its site."""
        other = copy.copy(self)
        other._url = url
        return other

    def styles(self) -> list[str]:
        """Return the slugs of the catalog."""
        return [style["slug"] for style in json.loads(self.get("/api/v1/styles/"))["results"]]

    def submit(self, photo: bytes, size: int | str) -> dict[str, Any]:
        """Queue a photo in the catalog's first style and return the job."""
        file = SimpleUploadedFile("photo.jpg", photo, "image/jpeg")
        answer = self._post("/api/v1/stylizations/", {"photo": file, "style": self.styles()[0], "size": str(size)})
        return dict(json.loads(answer))

    def submit_photo(self, photo: bytes, style: str, size: int, *, name: str = "photo.jpg") -> str:
        """Queue a photo in a style that is known already, under a name, and return the job's key."""
        file = SimpleUploadedFile(name, photo, "image/jpeg")
        answer = self._post("/api/v1/stylizations/", {"photo": file, "style": style, "size": str(size)})
        return str(json.loads(answer)["id"])

    def job(self, pk: str) -> dict[str, Any]:
        """Return a job as the API shows it."""
        return dict(json.loads(self.get(f"/api/v1/stylizations/{pk}/")))

    def cancel(self, pk: str) -> None:
        """Take a waiting job back."""
        self._post(f"/api/v1/stylizations/{pk}/cancel/", {})

    def list(self) -> list[dict[str, Any]]:
        """Return the owner's jobs, newest first."""
        return list(json.loads(self.get("/api/v1/stylizations/"))["results"])

    def get(self, address: str) -> bytes:
        """Return the body behind a path or a whole address."""
        return self._open(urllib.request.Request(self._absolute(address), headers=self.headers))

    def _post(self, path: str, fields: dict[str, Any]) -> bytes:
        headers = self.headers | {"Content-Type": MULTIPART_CONTENT}
        return self._open(urllib.request.Request(self._absolute(path), encode_multipart(BOUNDARY, fields), headers))

    def _absolute(self, address: str) -> str:
        return address if address.startswith("http") else self._url + address

    def _open(self, request: urllib.request.Request) -> bytes:
        with OPENER.open(request, timeout=120) as response:
            return bytes(response.read())

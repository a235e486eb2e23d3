"""Requests to one server: with the token, tried again where that is safe, refusals as exceptions."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from easel_client.errors import ApiError, NotFound, UnexpectedAnswer, Unreachable, api_error

AGAIN = (429, 502, 503, 504)
"""Statuses that may be others the next time."""
LONGEST_PAUSE = 60.0
"""Seconds between two tries, whatever the server asks for."""


class Connection:
    """What the resources of :class:`easel_client.Easel` share. Safe to use from several threads."""

    def __init__(
        self, url: str, token: str | None, *, timeout: float, retries: int, transport: httpx.BaseTransport | None = None
    ) -> None:
        headers = {"User-Agent": "easel-client", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Token {token}"
        self.base = httpx.URL(url.rstrip("/") + "/")
        if self.base.scheme not in ("http", "https") or not self.base.host:
            raise ValueError(f"{url!r} is no address of a server: it begins with https:// or http://.")
        self._client = httpx.Client(
            base_url=self.base,
            headers=headers,
            timeout=timeout,
            transport=transport,
            limits=httpx.Limits(max_connections=64),
        )
        self._retries = retries
        self._timeout = timeout

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON behind an address."""
        return self.json(self.send("GET", path, params=params))

    def pages(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Yield the rows of a list, one page after the other."""
        while True:
            page = self.get(path, params)
            yield from page["results"]
            if not page["next"]:
                return
            # Its query alone: behind a proxy the server may think that it is called something else.
            params = dict(httpx.URL(page["next"]).params)

    def create(
        self, path: str, *, key: str | None = None, headers: Mapping[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        """Return the answer to a POST that makes something, once however often it is tried."""
        return self.send("POST", path, headers={"Idempotency-Key": key or str(uuid.uuid4()), **(headers or {})}, **body)

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, wait: float = 0, **rest: Any
    ) -> httpx.Response:
        """Return the answer to a request, of less than 400.

        Args:
            method: HTTP's. A POST without an ``Idempotency-Key`` is sent once.
            path: beneath the server's address, or a whole address of the same server.
            headers: beside the usual.
            wait: seconds that the server may take for it on purpose.
            rest: what httpx takes: ``params``, ``json``, ``data``, ``files``.

        Raises:
            ApiError: it was refused.
            Unreachable: nobody answered.
        """
        address = self._own(path)
        again = method != "POST" or "Idempotency-Key" in (headers or {})
        timeout = httpx.Timeout(self._timeout, read=self._timeout + wait)
        for turn in range(self._retries + 1 if again else 1):
            is_last = not again or turn == self._retries
            try:
                response = self._client.request(method, address, headers=headers, timeout=timeout, **_rewound(rest))
            except httpx.TransportError as error:
                if is_last:
                    raise Unreachable(f"{self.base.host} does not answer: {error or type(error).__name__}") from error
                _pause(turn, None)
                continue
            if response.status_code < 400:
                return response
            refused = refusal(response)
            worth_it = response.status_code in AGAIN or refused.code == "idempotency_in_progress"
            if is_last or not worth_it:
                raise refused
            _pause(turn, refused.retry_after)
        raise AssertionError("the last turn returns or raises")

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """Open an answer to be read bit by bit; it is not tried again.

        Raises:
            ApiError: it was refused.
            Unreachable: nobody answered, or the connection broke.
        """
        try:
            with self._client.stream("GET", self._own(path), headers=headers) as response:
                if response.status_code >= 400:
                    response.read()
                    raise refusal(response)
                yield response
        except httpx.TransportError as error:
            raise Unreachable(f"{self.base.host} broke off: {error or type(error).__name__}") from error

    @staticmethod
    def json(response: httpx.Response) -> Any:
        """Return an answer's JSON.

        Raises:
            UnexpectedAnswer: it has none.
        """
        try:
            return response.json()
        except ValueError as error:
            raise UnexpectedAnswer(f"{response.url} answered {response.status_code} without JSON.") from error

    def _own(self, path: str) -> str:
        """Return the address; the token goes to no other server, whatever an answer says."""
        address = self.base.join(path)
        if (address.scheme, address.host, address.port) != (self.base.scheme, self.base.host, self.base.port):
            raise UnexpectedAnswer(
                f"{address} is not on {self.base.host}. Behind a proxy, set its X-Forwarded headers."
            )
        return str(address)


def refusal(response: httpx.Response) -> ApiError:
    """Return the exception for an answer of 400 or more."""
    try:
        body = response.json()
    except ValueError:
        body = None
    text = response.headers.get("Retry-After", "")
    error = api_error(response.status_code, body, float(text) if text.isdigit() else None)
    if isinstance(error, NotFound) and body is None:
        return NotFound(404, "not_found", f"There is nothing at {response.url}.")
    return error


def _pause(turn: int, retry_after: float | None) -> None:
    # Never sooner than asked for; and with chance in it, so that many clients do not come back at the same moment.
    wanted = min(0.5 * 2**turn, LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
    time.sleep(min(LONGEST_PAUSE, (retry_after or 0) + wanted))


def _rewound(rest: dict[str, Any]) -> dict[str, Any]:
    """Files from their beginning, for they were read to the end if this is another try."""
    for _, part in rest.get("files", ()):
        if hasattr(part[1], "seek"):
            part[1].seek(0)
    return rest

"""``Idempotency-Key``: a request that is sent again, because its answer was lost, is not carried out again.

The key's row is made, under a unique constraint, before the request is carried out: of several that come at the same
moment one does it and the others wait a moment for its answer. What was refused is forgotten, so that a mended or later
request may use the same key.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any, overload

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer.models import IdempotencyKey
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_LENGTH = 255
PATIENCE = 5.0
"""Seconds that a request waits for another one with the same key."""
GIVEN_UP_AFTER = timedelta(minutes=10)
"""A request that has no answer by then belonged to a process that has died."""
_POLL = 0.05
_KEPT_HEADERS = ("Location", "Retry-After", "Preference-Applied", "Content-Language")

Create = Callable[..., Response]


@overload
def idempotent(create: Create) -> Callable[..., HttpResponseBase]: ...


@overload
def idempotent(*, secrets: Sequence[str]) -> Callable[[Create], Callable[..., HttpResponseBase]]: ...


def idempotent(create: Create | None = None, *, secrets: Sequence[str] = ()) -> Any:
    """Make a view's method that answers POST heed ``Idempotency-Key``; without the header nothing changes.

    Use it as ``@idempotent``, or ``@idempotent(secrets=["token"])`` for an answer with fields that are told only once:
    those are not stored, and null when the answer is repeated. Fields of the request may be named there as well.
    """

    def decorate(create: Create) -> Callable[..., HttpResponseBase]:
        @wraps(create)
        def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            key = request.headers.get(HEADER)
            if key is None:
                return create(view, request, *args, **kwargs)
            user, fingerprint = signed_in(request), fingerprint_of(request, without=secrets)
            row, is_ours = _claim(user, _checked(key), fingerprint)
            if not is_ours:
                return _replay(row)
            try:
                response = create(view, request, *args, **kwargs)
            except BaseException:
                _release(row)
                raise
            if response.status_code >= 400:
                _release(row)
            else:
                _keep(row, response, secrets)
            return response

        once.is_idempotent = True  # type: ignore[attr-defined]  # for the API's description
        return once

    return decorate if create is None else decorate(create)


def fingerprint_of(request: Request, without: Sequence[str] = ()) -> str:
    """Return what is the same for two requests that ask for the same: of files the content and name count.

    Fields named in ``without`` are left out: a password could be found again by trying.
    """
    parts: list[Any] = [request.method, request.get_full_path()]
    data = request.data
    if isinstance(data, QueryDict):
        fields = [(name, [_said(value) for value in values]) for name, values in data.lists() if name not in without]
        parts.append(sorted(fields))
    elif isinstance(data, dict):
        parts.append({name: value for name, value in data.items() if name not in without})
    else:
        parts.append(data)
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _said(value: object) -> object:
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name, digest.hexdigest()]


def _checked(key: str) -> str:
    if not 1 <= len(key) <= MAX_LENGTH or not all(" " <= character <= "~" for character in key) or not key.strip():
        raise Rejected(
            "idempotency_key_invalid",
            f"An {HEADER} has 1 to {MAX_LENGTH} printable ASCII characters. A random UUID does well.",
        )
    return key


def _claim(user: User, key: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    """Return the key's row and whether this request is to be carried out; if not, the row has the answer.

    Raises:
        Rejected: the key was used for something else, or its request is still in work.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with transaction.atomic():
                return IdempotencyKey.objects.create(user=user, key=key, fingerprint=fingerprint), True
        except IntegrityError:
            row = IdempotencyKey.objects.filter(user=user, key=key).first()
        if row is None:  # released meanwhile
            continue
        dead = row.status is None and row.created_at < timezone.now() - GIVEN_UP_AFTER
        if dead or IdempotencyKey.objects.outdated().filter(pk=row.pk).exists():
            # By its claim: of several that find it so, one removes it, and the next turn of the loop decides.
            IdempotencyKey.objects.filter(pk=row.pk, claim=row.claim).delete()
            continue
        if row.fingerprint != fingerprint:
            raise Rejected(
                "idempotency_key_reused",
                f"This {HEADER} was used for another request. Take a new one for every request that asks for "
                "something new.",
                status=409,
            )
        if row.status is not None:
            return row, False
        if time.monotonic() >= end:
            raise Rejected(
                "idempotency_in_progress",
                "The request that this one repeats is still in work. Send it again in a moment.",
                status=409,
                retry_after=2,
            )
        time.sleep(_POLL)


def _replay(row: IdempotencyKey) -> HttpResponse:
    headers: Mapping[str, str] = row.headers
    body = row.body.encode()
    return HttpResponse(
        body,
        status=row.status,
        headers={**headers, REPLAYED: "true"},
        content_type="application/json" if body else None,
    )


def _keep(row: IdempotencyKey, response: Response, secrets: Sequence[str]) -> None:
    data = response.data
    if secrets and isinstance(data, dict):
        data = {name: None if name in secrets else value for name, value in data.items()}
    _held(row).update(
        status=response.status_code,
        headers={name: response[name] for name in _KEPT_HEADERS if response.has_header(name)},
        body="" if data is None else JSONRenderer().render(data).decode(),
    )


def _release(row: IdempotencyKey) -> None:
    _held(row).delete()


def _held(row: IdempotencyKey) -> Any:
    return IdempotencyKey.objects.filter(pk=row.pk, claim=row.claim)

"""Loaded by schemathesis: what a schema cannot say about valid requests, so that they really are.

A schema says that ``style`` is a slug and ``photo`` a file, not which styles there are and what a photo is. Requests
that are meant to be accepted get such values; those that are meant to be refused stay as they were made.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import schemathesis
from schemathesis.transport.serialization import Binary

KNOWN: dict[str, Any] = json.loads(os.environ["FUZZ_KNOWN"])
# Of schemathesis's own kind, for it looks afterwards whether the request is still one that its schema allows.
PHOTO = Binary(base64.b64decode(KNOWN["photo"]))
LARGEST = 96
"""Pixels a side: what is painted here is painted by a processor that has other things to do."""


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any = None) -> None:
    """Put known values into a request that is meant to be accepted."""
    if not _is_meant_to_be_refused(case):
        _put_known_values(case)
        # Its body is no text and so not what the schema says to the letter: it is not to be judged once more.
        case._record_starting_state()


def _put_known_values(case: Any) -> None:
    if isinstance(case.query, dict):
        case.query.pop("cursor", None)  # only a list's own answers have one
    path = case.operation.path
    if case.headers and "Range" in case.headers:
        case.headers["Range"] = "bytes=0-99"  # how long the file is, a schema does not say
    if "/catalog/styles/{slug}" in path:
        case.path_parameters["slug"] = KNOWN["spare_style"]  # what is retired here is painted in by nobody
    if not isinstance(case.body, dict):
        return
    body = case.body
    is_form = case.media_type == "multipart/form-data"
    for name in ("photo", "file"):
        if name in body:
            body[name] = _like(body[name], PHOTO if is_form else KNOWN["photo_id"])
    if "style" in body:
        body["style"] = _like(body["style"], KNOWN["style"])
    if path.endswith("/batches/"):
        body["style"] = KNOWN["styles"]
    if "stylization" in body:
        body["stylization"] = KNOWN["stylization"]
    if "artworks" in body:
        body["artworks"] = [KNOWN["artwork"]]
    if path.endswith("/artworks/bulk/"):
        # The other verbs want an album that there is, or take away the work that other requests are about.
        body["verb"] = body["verb"] if body.get("verb") in ("publish", "make_private") else "publish"
        body.pop("album", None)
    if "target_url" in body:
        body["target_url"] = "http://127.0.0.1:9/hooks"
    if "/auth/" in path:
        body |= {name: KNOWN[name] for name in ("username", "password") if name in body}
        body["expires_in_days"] = min(body.get("expires_in_days") or 1, 365)
    if "size" in body or "photo" in body or "file" in body:
        body["size"] = min(body.get("size", LARGEST), LARGEST) if isinstance(body.get("size"), int) else LARGEST


def _is_meant_to_be_refused(case: Any) -> bool:
    return case.meta is None or not case.meta.generation.mode.is_positive


def _like(value: Any, known: Any) -> Any:
    return [known] if isinstance(value, list) else known

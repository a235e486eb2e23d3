"""How every operation is described: what it says itself, and what is true of all of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.permissions import SAFE_METHODS, AllowAny, IsAuthenticated

from stylizer.api import conditional, idempotency
from stylizer.api.problems import ErrorSerializer, problem, problem_of

THROTTLED = "You have asked more often than this server allows. Try again in 17 seconds."
OVERLOAD = {"too_many_uploads": "Too many photos are arriving at this moment. Send it again in a few seconds."}
"""Of everything that takes photos."""
QUEUE_FULL = {"queue_full": "2,000 photos of everybody are waiting already. Try again in some minutes."}
"""Of everything that queues them."""
REPEATED = {
    "idempotency_key_reused": "This Idempotency-Key was used for another request.",
    "idempotency_in_progress": "The request that this one repeats is still in work.",
}
"""Of everything that heeds ``Idempotency-Key``; who names a 409 of its own names these beside it."""
_RETRY_AFTER = {"schema": {"type": "integer", "minimum": 0}, "description": "Seconds to wait before the next try."}
_HEADERS: dict[tuple[str, ...], dict[str, Any]] = {
    ("201", "202"): {
        "Location": {
            "schema": {"type": "string", "format": "uri"},
            "description": "Where the new thing is.",
            "required": True,
        }
    },
    ("401",): {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "The scheme to sign in with."}},
    ("429", "503"): {"Retry-After": _RETRY_AFTER},
}
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "For `If-None-Match`.", "required": True}}
_IDEMPOTENCY_KEY = OpenApiParameter(
    idempotency.HEADER,
    {"type": "string", "minLength": 1, "maxLength": idempotency.MAX_LENGTH},
    OpenApiParameter.HEADER,
    description="Makes the request happen once however often it is sent. A random UUID does well.",
)
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="An `ETag` of before: 304 if nothing has changed."
)
RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="A part of it, as in `bytes=0-1023`.")
PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`wait=30`: answer when it has ended, but not later than that many seconds; 202 if it has not.",
)
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID", str, OpenApiParameter.HEADER, description="The latest event you have; readers send it themselves."
)
UNTAGGED = {"application/zip", "text/event-stream"}
"""Answers without an ``ETag``: nobody knows of them beforehand how they end."""
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")


class DescribedSchema(AutoSchema):
    """drf-spectacular's, with what a view need not repeat.

    These are the errors 400 and 415 where there is a body, 401 where there are credentials, 403 where they may not be
    enough, 404 where a row is named, 429 where requests are counted; what goes with ``idempotent``, ``Conditional`` and
    lists; and headers. What ``extend_schema(responses=…)`` names goes before.
    """

    def get_override_parameters(self) -> list[Any]:
        """Return the headers that the view heeds by its decorators and bases."""
        headers = [_IDEMPOTENCY_KEY] if self._is_idempotent() else []
        return headers + ([_IF_NONE_MATCH] if self._is_conditional() else [])

    def get_serializer_name(self, serializer: Any, direction: Direction) -> str:
        """Return "StylizationRequest", to which a name for what is sent is made, once."""
        name = type(serializer).__name__
        return name.replace("RequestSerializer", "Serializer") if direction == "request" else name

    def _map_serializer_field(self, field: Any, direction: Direction, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if schema and schema.get("type") == "array" and not getattr(field, "allow_empty", True):
            schema["minItems"] = 1
        return schema

    def _get_response_bodies(self, direction: Direction = "response") -> Any:
        answers = super()._get_response_bodies(direction)
        shape = getattr(self.view, "error_serializer", ErrorSerializer)
        for status, details in self._usual_problems().items():
            if status not in answers:
                answers[status] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    problem_of(shape, details), status, ["application/json"], direction
                )
        if self._is_conditional() and not UNTAGGED & answers["200"].get("content", {}).keys():
            answers.setdefault("304", {"description": "What you have is what there is."})
            answers["200"]["headers"] = _ETAG | answers["200"].get("headers", {})
        for statuses, headers in _HEADERS.items():
            for status in statuses:
                if status in answers:
                    answers[status]["headers"] = headers | answers[status].get("headers", {})
        return dict(sorted(answers.items()))

    def _usual_problems(self) -> dict[str, dict[str, str]]:
        problems: dict[str, dict[str, str]] = {}
        if self.view.get_authenticators():
            problems["401"] = {
                "not_authenticated": "Authentication credentials were not provided.",
                "authentication_failed": "Invalid token.",
            }
            is_open = any(isinstance(permission, AllowAny) for permission in self.view.get_permissions())
            if not is_open or self.method not in SAFE_METHODS:
                problems["403"] = {
                    "scope_missing": 'This token may not do that: it lacks the scope "write".',
                    "permission_denied": "You do not have permission to perform this action.",
                }
        if self._is_idempotent() or any(parameter["in"] == "query" for parameter in self._get_parameters()):
            problems["400"] = {"invalid": "Some fields cannot be accepted."}
        if self._is_list_view():
            problems["400"] = {
                "cursor_invalid": "This is no cursor of this list in this order.",
                "page_size_invalid": "The page size must be a whole number from 1 to 200.",
            }
        if self._get_request_body():  # type: ignore[no-untyped-call]
            problems["400"] = {"invalid": "Some fields cannot be accepted."}
            problems["415"] = {"unsupported_media_type": 'Unsupported media type "text/plain" in request.'}
        if "{" in self.path:
            problems["404"] = {"not_found": "Not found."}
        if self._is_idempotent():
            problems["409"] = REPEATED
        if self.view.get_throttles():
            problems["429"] = {"throttled": THROTTLED}
        return problems

    def get_auth(self) -> list[Any]:
        """Return the schemes; none has to be used where anybody may ask."""
        auth = super().get_auth()
        is_open = not any(isinstance(permission, IsAuthenticated) for permission in self.view.get_permissions())
        return [*auth, {}] if is_open and {} not in auth else auth

    def _is_idempotent(self) -> bool:
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        return bool(getattr(handler, "is_idempotent", False))

    def _is_conditional(self) -> bool:
        return isinstance(self.view, conditional.Conditional) and self.method == "GET"


def picture() -> dict[Any, Any]:
    """Return the description of a file's answers, for a view that answers with ``stored_file`` or ``made_file``."""
    whole = {(200, kind): OpenApiTypes.BINARY for kind in PICTURE_TYPES}
    part = {(206, kind): OpenApiTypes.BINARY for kind in PICTURE_TYPES}
    return {**whole, **part, 416: problem(range_not_satisfiable="This file has 48213 bytes, and none in that range.")}


_EVENT = {
    "type": "object",
    "description": "One event of the stream.",
    "required": ["event", "data"],
    "properties": {
        "id": {"type": "string", "description": "For `Last-Event-ID`."},
        "event": {"type": "string", "description": "What it is called."},
        "data": {"type": "string", "contentMediaType": "application/json", "description": "What is so now."},
        "retry": {"type": "integer", "description": "Milliseconds after which to come again."},
    },
}


_AN_EVENT = {"id": "running-40-1", "event": "progress", "data": '{"id": "…", "status": "running", "progress": 40}'}


def event_stream() -> dict[Any, Any]:
    """Return the description of a stream's answers."""
    return {
        (200, "text/event-stream"): OpenApiResponse(_EVENT, examples=[OpenApiExample("on its way", value=_AN_EVENT)]),
        204: OpenApiResponse(description="You have the last event: do not come again."),
        429: problem(too_many_streams="Too many streams are open.", throttled=THROTTLED),
        503: problem(too_many_streams="Too many streams are open."),
    }


def answered(name: str, value: Any) -> OpenApiExample:
    """Return an example of what is answered with 200, 201 or 202."""
    return OpenApiExample(name, value=value, response_only=True, status_codes=("200", "201", "202"))


def sent(name: str, value: Any, media_type: str = "application/json") -> OpenApiExample:
    """Return an example of what is sent."""
    return OpenApiExample(name, value=value, request_only=True, media_type=media_type)

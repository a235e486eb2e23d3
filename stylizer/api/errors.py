"""Every API error in one shape: ``{"error": {"code", "detail", "fields"}}``."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from stylizer.rejections import Rejected


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception; ``None`` leaves an unexpected one to Django's 500."""
    if isinstance(error, Rejected):
        refusal = error_response(error.code, error.detail, field=error.field, http_status=error.status)
        if error.retry_after is not None:
            refusal["Retry-After"] = str(error.retry_after)
        return refusal
    if isinstance(error, Http404):
        # DRF would repeat Django's "No Stylization matches …", which tells model names.
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, SuspiciousOperation):
        # Django's own limits on forms: fields, files, bytes.
        error = exceptions.ParseError("This request has too many fields or too much in them.")
    response = drf_exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    fields: dict[str, list[str]] = {}
    if isinstance(error, exceptions.ValidationError):
        code, detail = "invalid", "Some fields cannot be accepted."
        if isinstance(error.detail, dict):
            fields = {name: [str(text) for text in _as_list(texts)] for name, texts in error.detail.items()}
            detail = " ".join(f"{name}: {' '.join(texts)}" for name, texts in fields.items())
        elif isinstance(error.detail, list):
            detail = " ".join(map(str, error.detail))
    else:
        code = getattr(error.detail, "code", error.default_code)
        detail = str(error.detail)
    response.data = {"error": {"code": code, "detail": detail, "fields": fields}}
    return response


def _as_list(texts: Any) -> list[Any]:
    return texts if isinstance(texts, list) else [texts]


def error_response(
    code: str, detail: str, *, field: str = "", http_status: int = status.HTTP_400_BAD_REQUEST
) -> Response:
    """Return one error in the common shape."""
    fields = {field: [detail]} if field else {}
    return Response({"error": {"code": code, "detail": detail, "fields": fields}}, status=http_status)

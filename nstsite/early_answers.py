"""Refusals that no view gives, because the request never came to one or the view broke off; in its reader's form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse

from stylizer.rejections import Rejected


def refuse(request: HttpRequest, refusal: Rejected, template: str) -> HttpResponse:
    """Answer people with the page ``template``, the document's endpoints, the API and the studio's script with JSON."""
    headers = {"Retry-After": str(refusal.retry_after), "Cache-Control": "no-store"}
    if request.path in (reverse("stylize"), reverse("stylize_download")):
        document = {"success": False, "error": refusal.detail, "code": refusal.code}
        return JsonResponse(document, status=refusal.status, headers=headers)
    if is_api(request) or request.path == reverse("stylizer:photo_upload"):
        response: HttpResponse = problem(refusal.code, refusal.detail, refusal.status)
    else:
        response = HttpResponse(render_to_string(template), status=refusal.status)
    for name, value in headers.items():
        response[name] = value
    return response


def is_api(request: HttpRequest) -> bool:
    """Return whether a program asks."""
    return request.path.startswith("/api/v1/")


def problem(code: str, detail: str, status: int) -> JsonResponse:
    """Return an error in the API's shape."""
    return JsonResponse({"error": {"code": code, "detail": detail, "fields": {}}}, status=status)

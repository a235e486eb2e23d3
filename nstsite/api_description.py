"""The API's description: generated from the code, kept in docs/openapi.yaml, served to programs and people."""

from __future__ import annotations

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularSwaggerSplitView

from nstsite.env import PROJECT_DIR

OPENAPI_FILE = PROJECT_DIR / "docs" / "openapi.yaml"
_RENDERERS = {
    "json": ("application/json", OpenApiJsonRenderer),
    "yaml": ("application/yaml", OpenApiYamlRenderer),
}


@cache
def render(suffix: str) -> bytes:
    """Return the description as "json" or "yaml". It takes a second, and stays the same as long as the process runs."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    _, renderer = _RENDERERS[suffix]
    content = renderer().render(document, renderer_context={})
    return content if isinstance(content, bytes) else content.encode()


def _etag(request: HttpRequest, suffix: str) -> str:
    return f'"{hashlib.sha256(render(suffix)).hexdigest()}"'


@require_safe
@condition(etag_func=_etag)
def openapi(request: HttpRequest, suffix: str) -> HttpResponse:
    """Answer with the description."""
    content_type, _ = _RENDERERS[suffix]
    return HttpResponse(render(suffix), content_type=content_type)


class ApiDocsView(SpectacularSwaggerSplitView):
    """Swagger UI. Its page holds no script and no style of its own, so that the site's policy holds for it too."""

    url_name = "openapi-json"
    template_name = "api_docs.html"

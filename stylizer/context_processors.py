"""What every page shows of the visitor's jobs."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from stylizer.models import Stylization


def unseen_results(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """Add ``unseen_results``: how many paintings are done that the visitor has not looked at; counted when asked."""
    return {"unseen_results": lambda: Stylization.objects.visible_to(request.user).unseen().count()}

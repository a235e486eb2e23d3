"""``Prefer: wait=30`` (RFC 7240): the answer to a creation may take that many seconds, if it has the painting then."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.conf import settings
from rest_framework.request import Request

from stylizer.models import Stylization
from stylizer.waiting import WAITERS, wait_for

_WAIT = re.compile(r'wait[ \t]*=[ \t]*(?:"(\d{1,6})"|(\d{1,6}))(?:[ \t]*;.*)?', re.ASCII | re.IGNORECASE)
_MEMBER = re.compile(r'(?:[^,"]|"[^"]*")+')


def preferred_wait(request: Request) -> int:
    """Return for how many seconds the caller would wait, at most what this server allows; 0 when it would not."""
    for member in _MEMBER.findall(request.headers.get("Prefer", "")):
        name = member.split("=")[0].split(";")[0].strip().lower()
        if name == "wait":  # of several only the first counts
            match = _WAIT.fullmatch(member.strip())
            seconds = int(match[1] or match[2]) if match else 0
            return min(seconds, int(settings.EASEL_SYNC_WAIT_SECONDS))
    return 0


def wait_as_preferred(request: Request, jobs: Collection[Stylization]) -> tuple[bool, dict[str, str]]:
    """Wait for ``jobs`` if the caller would; return whether they have ended, and the headers that say what was done.

    Where too many requests wait already nobody is kept, and ``Preference-Applied`` is missing.
    """
    seconds = preferred_wait(request)
    place = WAITERS.take(request.user.pk) if seconds else None
    if place is None:
        return False, {}
    with place:
        return wait_for(jobs, seconds), {"Preference-Applied": f"wait={seconds}"}

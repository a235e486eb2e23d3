"""Every address that the site knows, so that a test can ask for a row about each."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def walk(
    patterns: list[URLPattern | URLResolver] | None = None, namespace: str = "", route: str = "/"
) -> Iterator[tuple[str, str]]:
    """Yield the full name and the route of every address."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, namespace + (f"{entry.namespace}:" if entry.namespace else ""), here)
        else:
            yield namespace + (entry.name or ""), here


def walk_patterns(patterns: list[URLPattern | URLResolver] | None = None) -> Iterator[URLPattern]:
    """Yield every address as Django keeps it."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from walk_patterns(entry.url_patterns)
        else:
            yield entry

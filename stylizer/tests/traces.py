"""What a request leaves behind: files, rows, queue messages."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from stylizer.models import Photo, Style, StylePreview, StyleSample, Stylization
from stylizer.tests.queue_messages import messages


def stored_files() -> set[str]:
    """Return the name of every file in the media folder."""
    root = Path(settings.MEDIA_ROOT)
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def named_files() -> set[str]:
    """Return the name of every file that a style, a photo or a job names."""
    return {
        name
        for model, fields in (
            (Style, ("checkpoint", "preview", "style_image")),
            (StyleSample, ("image",)),
            (Photo, ("file", "before")),
            (StylePreview, ("picture",)),
            (Stylization, ("master", "result", "thumbnail")),
        )
        for row in model.objects.values_list(*fields)
        for name in row
        if name
    }


def wake_messages() -> int:
    """Return how many messages wait for a worker."""
    return messages().count("stylizer.tasks.paint_next")


def traces() -> tuple[set[str] | int, ...]:
    """Return everything that a refused request must leave as it was."""
    rows = (model.objects.count() for model in (Photo, Stylization, Style))
    return stored_files(), len(messages()), *rows

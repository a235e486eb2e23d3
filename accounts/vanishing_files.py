"""The names of everything in storage that goes with an account."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db import models

from accounts.models import FileRemoval
from stylizer.ownership import holdings, in_pages


def removals(user: User) -> Iterator[FileRemoval]:
    """Yield what is to be removed when ``user``'s rows are gone, unsaved and without a time.

    Where a folder is one row's alone, which its name tells, all of the folder goes: a worker that was killed may have
    left a file there that no row names.
    """
    for holding in holdings():
        fields = holding.file_fields
        for row in in_pages(holding.vanishing_with(user)) if fields else ():
            seen = set()
            for field in fields:
                for name in _names(row, field):
                    if name not in seen:
                        seen.add(name)
                        yield FileRemoval(model=holding.model._meta.label, field=field.name, name=name)


def _names(row: models.Model, field: models.FileField) -> Iterator[str]:
    name = getattr(row, field.attname).name or ""
    would_be = field.generate_filename(row, "")  # where there is no file yet, or there was one that got lost
    for path in filter(None, (name, would_be)):
        folder = posixpath.dirname(path)
        if posixpath.basename(folder) == str(row.pk):
            yield f"{folder}/"
        elif path == name:
            yield name

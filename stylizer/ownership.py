"""Which rows and files are a person's, found by following foreign keys, so that no model can be forgotten.

A row is somebody's when deleting that account would delete it: a chain of foreign keys with ``on_delete=CASCADE`` leads
from it to the account. What adds a model with an owner adds nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.files.storage import Storage
from django.db import DEFAULT_DB_ALIAS, models


@dataclass(frozen=True)
class Holding:
    """A model whose rows are somebody's, and the lookups that lead from a row to its owner, the shortest first."""

    model: type[models.Model]
    paths: tuple[str, ...]

    @property
    def file_fields(self) -> list[models.FileField]:
        """The columns that name files."""
        return file_fields(self.model)

    def belonging_to(self, user: User) -> models.QuerySet[Any]:
        """Return the rows that are the user's own.

        A row with an owner of its own is that owner's, whatever it hangs on: Bob's star on a work of Alice's is Bob's.
        A row without is its parent's, which is what its first foreign key names: an entry is its album's.
        """
        nearest = min(path.count("__") for path in self.paths)
        declared = [field.name for field in self.model._meta.concrete_fields]
        path = min(
            (path for path in self.paths if path.count("__") == nearest),
            key=lambda path: declared.index(path.split("__")[0]),
        )
        return self._reached(user, [path])

    def vanishing_with(self, user: User) -> models.QuerySet[Any]:
        """Return the rows that cannot stay without the account: the user's own, and what others hung on those."""
        return self._reached(user, self.paths)

    def _reached(self, user: User, paths: Any) -> models.QuerySet[Any]:
        condition = models.Q()
        for path in paths:
            # Subqueries in place of joins: a row that is reached twice is still one row, and may be deleted by it.
            reached = self.model._base_manager.filter(**{path: user}).values("pk")
            condition |= models.Q(**{path: user}) if "__" not in path else models.Q(pk__in=reached)
        # The base manager, because another may hide rows, of a trash for instance.
        return self.model._base_manager.filter(condition)


class StoredFile(NamedTuple):
    """A file that a row names."""

    holding: Holding
    pk: Any
    field: models.FileField
    name: str

    @property
    def storage(self) -> Storage:
        """Where the file is kept."""
        return self.field.storage

    def size(self) -> int | None:
        """Return the file's bytes; ``None`` when it is not there."""
        try:
            # A store elsewhere is not asked again for what cannot have changed.
            size = getattr(self.storage, "remembered_size", self.storage.size)
            return int(size(self.name))
        except FileNotFoundError:
            return None


def file_fields(model: type[models.Model]) -> list[models.FileField]:
    """Return the columns of ``model`` that name files."""
    return [field for field in model._meta.concrete_fields if isinstance(field, models.FileField)]


def files_named_by(kinds: Iterable[type[models.Model]], database: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """Yield the name of every file that a row of these models names; some more than once."""
    for model in kinds:
        for field in file_fields(model):
            named = model._base_manager.using(database).exclude(**{field.attname: ""})
            yield from named.values_list(field.attname, flat=True).iterator(chunk_size=2000)


def holdings() -> list[Holding]:
    """Return every model whose rows are somebody's, in the order they were found from the account outwards."""
    paths: dict[type[models.Model], list[str]] = {}
    frontier: list[tuple[type[models.Model], str, frozenset[type[models.Model]]]] = [(User, "", frozenset({User}))]
    while frontier:
        found = []
        for model, path, passed in frontier:
            for nearer, name in _what_cascades(model):
                if nearer in passed:
                    continue  # a chain that comes back to itself leads nowhere new
                lookup = f"{name}__{path}" if path else name
                paths.setdefault(nearer, []).append(lookup)
                found.append((nearer, lookup, passed | {nearer}))
        frontier = found
    return [Holding(model, tuple(lookups)) for model, lookups in paths.items()]


def _what_cascades(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """Yield each model with a foreign key to ``model`` that cascades, and the key's name."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE:
            yield relation.related_model, relation.field.name


def files_belonging_to(user: User) -> Iterator[StoredFile]:
    """Yield every file that a row of the user's own names, reading a few rows at a time."""
    for holding in holdings():
        fields = holding.file_fields
        for row in in_pages(holding.belonging_to(user)) if fields else ():
            for field in fields:
                if name := getattr(row, field.attname).name:
                    yield StoredFile(holding, row.pk, field, name)


def in_pages(rows: models.QuerySet[Any], size: int = 500) -> Iterator[Any]:
    """Yield the rows in the order of their keys, some hundred in memory at a time.

    Between two pages no cursor stays open, which for a slow reader could be for hours.
    """
    page = list(rows.order_by("pk")[:size])
    while page:
        yield from page
        page = list(rows.filter(pk__gt=page[-1].pk).order_by("pk")[:size])

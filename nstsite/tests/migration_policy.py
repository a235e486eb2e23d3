"""What a migration may do while the version before it still serves; docs/deployment.md says why."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

EARLIER = {"stylizer": 13, "gallery": 7, "accounts": 5}
"""Numbers of the last migrations from before the policy: nothing earlier was ever in a release."""
CONTRACTIONS: dict[str, str] = {}
"""``app.name`` of a migration that takes something away → the release that already did without it."""

_TAKES_AWAY = (
    operations.RemoveField,
    operations.DeleteModel,
    operations.RenameField,
    operations.RenameModel,
    operations.AlterModelTable,
)


def objections(migration: Migration) -> Iterator[str]:
    """Yield what in a migration would break the version before it, in words."""
    if f"{migration.app_label}.{migration.name}" in CONTRACTIONS:
        return
    made_here = {one.name_lower for one in migration.operations if isinstance(one, operations.CreateModel)}
    for operation in migration.operations:
        if (objection := _objection(operation, made_here)) is not None:
            yield f"{migration.app_label}.{migration.name}: {operation.describe()}: {objection}"


def _objection(operation: Operation, made_here: set[str]) -> str | None:
    if getattr(operation, "model_name_lower", None) in made_here:
        return None  # nobody knows the table yet
    if isinstance(operation, _TAKES_AWAY):
        return "the version before still asks for it. Take it away one release later, and name it in CONTRACTIONS"
    if isinstance(operation, operations.AddField | operations.AlterField):
        field = operation.field
        fillable = field.null or field.many_to_many or field.db_default is not NOT_PROVIDED
        if isinstance(operation, operations.AddField) and not fillable:
            return "the version before inserts rows without it. Give it null=True or a db_default"
    if isinstance(operation, operations.RunPython) and operation.reverse_code is None:
        return "it cannot be taken back. Give it reverse_code, RunPython.noop where there is nothing to undo"
    return None

"""What an export says in words: the account, and every row that is its owner's, without what is secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from stylizer.ownership import Holding, holdings, in_pages

# By name, so that a column nobody thought of when this was written is rather left out than given away.
_SECRET = re.compile(r"password|secret|token|digest|hash|(^|_)key$|lease|^worker$")
_ACCOUNT = ("username", "email", "first_name", "last_name", "date_joined", "last_login", "is_staff", "is_superuser")


def account_facts(user: User) -> dict[str, Any]:
    """Return what the account itself says, ready for JSON."""
    facts = {name: getattr(user, name) for name in _ACCOUNT}
    plain: dict[str, Any] = json.loads(json.dumps(facts, cls=DjangoJSONEncoder))
    return plain


def exported_rows(user: User) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield each model's name and its rows as lines of JSON, to be used up before the next."""
    owned = holdings()
    models_of_people: set[type[models.Model]] = {User}
    models_of_people.update(holding.model for holding in owned)
    for holding in owned:
        yield holding.model._meta.label_lower, _rows(holding, user, models_of_people)


def _rows(holding: Holding, user: User, models_of_people: set[type[models.Model]]) -> Iterator[str]:
    columns = [field for field in holding.model._meta.concrete_fields if _is_told(field)]
    named = [field.name for field in columns if field.is_relation and field.related_model not in models_of_people]
    for row in in_pages(holding.belonging_to(user).select_related(*named)):
        told = {field.name: _value(row, field, field.name in named) for field in columns}
        yield json.dumps(told, cls=DjangoJSONEncoder)


def _is_told(field: models.Field[Any, Any]) -> bool:
    # Whose the row is goes without saying, and who else had to do with it is theirs; files are listed by themselves.
    return not (_SECRET.search(field.name) or field.related_model is User or isinstance(field, models.FileField))


def _value(row: models.Model, field: models.Field[Any, Any], is_named: bool) -> Any:
    if is_named:
        target = getattr(row, field.name)
        return None if target is None else {"id": str(target.pk), "name": str(target)}
    value = getattr(row, field.attname)
    return value if isinstance(value, str | int | float | bool | list | dict | None) else field.value_to_string(row)

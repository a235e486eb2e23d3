"""Fields that take what they say and nothing else."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers


class Text(serializers.CharField):
    """A text with something to be read in it; a number is none."""

    def to_internal_value(self, data: Any) -> str:
        """Return it without space around it.

        Raises:
            ValidationError: it is no text, or too long.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class TextDescription(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """How the API's description calls it."""

    target_class = Text

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the length, and for what is sent that neither emptiness nor NUL will do."""
        schema: dict[str, Any] = {"type": "string"}
        if direction == "request":
            schema |= {"minLength": 1, "pattern": r"^[^\x00]*[^\s\x00\x1c-\x1f\x85][^\x00]*$"}
        return schema | ({"maxLength": self.target.max_length} if self.target.max_length else {})


class Flag(serializers.BooleanField):
    """True or false: the two values of JSON, or their names, since a form has nothing but words."""

    def to_internal_value(self, data: Any) -> Any:
        """Return it.

        Raises:
            ValidationError: it is neither.
        """
        if data is True or data is False or (isinstance(data, str) and data.lower() in {"true", "false"}):
            return super().to_internal_value(data)
        self.fail("invalid", input=data)


class FlagDescription(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """How the API's description calls it."""

    target_class = Flag

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return both ways to send it."""
        flag: dict[str, Any] = {"type": "boolean"}
        return {"oneOf": [flag, {"type": "string", "enum": ["true", "false"]}]} if direction == "request" else flag

"""What the API's errors look like, for its description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema_serializer
from rest_framework import serializers


class ProblemSerializer(serializers.Serializer[Any]):
    """What went wrong."""

    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="One or two sentences for a person.")
    fields = serializers.DictField(  # type: ignore[assignment]  # Serializer.fields is DRF's own name
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Sentences by the field at fault; empty where no field is.",
    )


@extend_schema_serializer(component_name="Error")
class ErrorSerializer(serializers.Serializer[Any]):
    """Every error of /api/v1/."""

    error = ProblemSerializer()

    @staticmethod
    def example(code: str, detail: str) -> Any:
        """Return an error as it is answered."""
        return {"error": {"code": code, "detail": detail, "fields": {}}}


def problem(**details: str) -> OpenApiResponse:
    """Return the description of an error: what it tells a person, by its code.

    For ``extend_schema(responses={409: problem(already_finished="This job has ended already.")})``.
    """
    return problem_of(ErrorSerializer, details)


def problem_of(serializer: type[Any], details: dict[str, str]) -> OpenApiResponse:
    """Return the same for errors of another shape; the serializer says by ``example(code, detail)`` of which."""
    lines = "\n".join(f"* `{code}`: {detail}" for code, detail in details.items())
    examples = [
        OpenApiExample(code, value=serializer.example(code, detail), response_only=True)
        for code, detail in details.items()
    ]
    return OpenApiResponse(serializer, description=lines, examples=examples)

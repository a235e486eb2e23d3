"""The API's description is the committed one, valid, complete, and true of its own examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from drf_spectacular.validation import validate_schema
from rest_framework.views import APIView

from nstsite.api_description import OPENAPI_FILE, render
from nstsite.tests.addresses import walk_patterns

METHODS = ("get", "post", "put", "patch", "delete")
UNDESCRIBED = {"openapi-json", "openapi-yaml", "api-docs"}
"""The description itself."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load(render("yaml"))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def test_the_committed_description_is_current() -> None:
    if OPENAPI_FILE.read_bytes() != render("yaml"):
        pytest.fail(
            "docs/openapi.yaml is not what the code says. Run `make openapi` and commit the file.", pytrace=False
        )


def test_generating_it_meets_no_warning_and_no_error(tmp_path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "openapi.yaml"))
    assert (tmp_path / "openapi.yaml").read_bytes() == render("yaml")


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate_schema(document)
    assert '"nullable"' not in json.dumps(document), "3.1 has no nullable"


def test_every_view_of_the_api_is_in_it(document: dict[str, Any]) -> None:
    described = {name.partition(" ")[2] for name, _ in operations(document)}
    views = {
        pattern.name: pattern
        for pattern in walk_patterns()
        if issubclass(getattr(pattern.callback, "cls", object), APIView) and pattern.name not in UNDESCRIBED
    }
    assert views
    assert len(described) == len(views), sorted(described)


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation.get("summary"), name
        assert not operation["summary"].endswith("."), name
        assert any(status.startswith("4") for status in operation["responses"]), name
        for status, response in operation["responses"].items():
            if status.startswith("4"):
                (content,) = response["content"].values()
                assert content["schema"]["$ref"].rpartition("/")[2] in {"Error", "DocumentError"}, (name, status)


def test_every_operation_has_examples(document: dict[str, Any]) -> None:
    missing = []
    for name, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [body for status, body in operation["responses"].items() if status.startswith("2")]
        for body in bodies:
            kinds = body.get("content", {})
            is_picture = all(content["schema"].get("format") == "binary" for content in kinds.values())
            if kinds and not is_picture and not any(content.get("examples") for content in kinds.values()):
                missing.append(name)
    assert missing == []


def examples(document: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name, operation in operations(document):
        for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for content in body.get("content", {}).values():
                for label, example in content.get("examples", {}).items():
                    yield f"{name}, {label}", example["value"], content["schema"]


def test_every_example_is_what_its_schema_describes(document: dict[str, Any]) -> None:
    found = list(examples(document))
    assert found
    for name, value, schema in found:
        whole = schema | {"components": document["components"]}
        try:
            jsonschema.validate(value, whole, format_checker=jsonschema.FormatChecker())
        except jsonschema.ValidationError as error:
            pytest.fail(f"{name}: {error.message} at {error.json_path}", pytrace=False)


@pytest.mark.parametrize(("suffix", "content_type"), [("json", "application/json"), ("yaml", "application/yaml")])
def test_it_is_served_and_need_not_be_fetched_twice(
    anyone: Client, document: dict[str, Any], suffix: str, content_type: str
) -> None:
    response = anyone.get(f"/api/v1/openapi.{suffix}")
    assert response.headers["Content-Type"] == content_type
    assert yaml.safe_load(response.content) == document
    again = anyone.get(f"/api/v1/openapi.{suffix}", headers={"if-none-match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_swagger_ui_comes_from_this_site(anyone: Client) -> None:
    page = anyone.get("/api/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    script = anyone.get("/api/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert "/api/v1/openapi.json" in script.content.decode()

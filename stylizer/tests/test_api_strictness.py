"""What is no value of a filter or field is refused, where the answer would be another than was meant."""

from __future__ import annotations

import pytest
from django.test import Client

PROBLEMS = [
    "stylizations/?photo=",
    "stylizations/?batch=",
    "stylizations/?created_after=",
    "photos/?created_before=",
    "artworks/?starred=null",
    "artworks/?is_public=",
    "artworks/?is_public=perhaps",
]


@pytest.mark.parametrize("address", PROBLEMS)
def test_a_filter_without_a_value_is_refused(alices_program: Client, address: str) -> None:
    response = alices_program.get(f"/api/v1/{address}")
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "invalid"
    assert list(error["fields"]) == [address.partition("?")[2].partition("=")[0]]


@pytest.mark.parametrize(
    "address", ["artworks/?starred=true&is_public=False", "artworks/?q=&style=", "photos/?sha256="]
)
def test_other_values_are_taken(alices_program: Client, address: str) -> None:
    assert alices_program.get(f"/api/v1/{address}").status_code == 200


@pytest.mark.parametrize("name", [0, True, None, ["Sea"], {"name": "Sea"}, "", "  ", "a\0b"])
def test_what_is_no_text_is_no_name(alices_program: Client, name: object) -> None:
    response = alices_program.post("/api/v1/albums/", {"name": name}, content_type="application/json")
    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["name"]


def test_an_empty_style_is_none(alices_program: Client, style: object) -> None:
    response = alices_program.post("/stylize", {"style": ""})
    assert (response.status_code, response.json()["code"]) == (400, "style_unknown")

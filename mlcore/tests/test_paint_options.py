from __future__ import annotations

import dataclasses
import json

import pytest

from mlcore.errors import ConfigError
from mlcore.paint_options import PaintOptions


def test_the_defaults_change_nothing_but_the_size():
    options = PaintOptions()
    assert (options.size, options.strength, options.keep_colors, options.brush) == (512, 1, False, 1)
    assert (options.format, options.quality) == ("JPEG", 92)


@pytest.mark.parametrize(
    "values",
    [
        {"size": None},
        {"size": 1},
        {"strength": 0},
        {"strength": 1.0},
        {"brush": 0.25},
        {"brush": 4},
        {"quality": 1},
        {"quality": 100},
        {"format": "PNG"},
        {"format": "WEBP"},
        {"keep_colors": True},
    ],
)
def test_the_ends_of_every_range_are_allowed(values):
    assert {key: getattr(PaintOptions(**values), key) for key in values} == values


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--size", {"size": 0}),
        ("--size", {"size": -5}),
        ("--size", {"size": 512.5}),
        ("--size", {"size": True}),
        ("--size", {"size": "512"}),
        ("--strength", {"strength": -0.01}),
        ("--strength", {"strength": 1.01}),
        ("--strength", {"strength": float("nan")}),
        ("--strength", {"strength": float("inf")}),
        ("--strength", {"strength": "1"}),
        ("--strength", {"strength": True}),
        ("--strength", {"strength": None}),
        ("--keep-colors", {"keep_colors": "no"}),
        ("--keep-colors", {"keep_colors": 1}),
        ("--brush", {"brush": 0.2499}),
        ("--brush", {"brush": 4.001}),
        ("--brush", {"brush": 0}),
        ("--brush", {"brush": float("nan")}),
        ("--brush", {"brush": float("-inf")}),
        ("--format", {"format": "GIF"}),
        ("--format", {"format": "png"}),
        ("--format", {"format": None}),
        ("--quality", {"quality": 0}),
        ("--quality", {"quality": 101}),
        ("--quality", {"quality": 92.0}),
        ("--quality", {"quality": float("nan")}),
    ],
)
def test_what_cannot_work_is_refused_and_the_option_named(option, values):
    with pytest.raises(ConfigError, match=option) as caught:
        PaintOptions(**values)
    assert caught.value.code == "invalid_option"
    assert str(caught.value).endswith(".")
    others = {"--size", "--strength", "--keep-colors", "--brush", "--format", "--quality"} - {option}
    assert not [other for other in others if other in str(caught.value)]


def test_the_record_can_be_written_as_json_and_made_options_again():
    options = PaintOptions(size=None, strength=0.4, keep_colors=True, brush=2, format="WEBP", quality=80)
    assert PaintOptions(**json.loads(json.dumps(options.as_dict()))) == options


def test_a_png_has_no_quality_to_record():
    record = PaintOptions(format="PNG").as_dict()
    assert set(record) == {field.name for field in dataclasses.fields(PaintOptions)} - {"quality"}

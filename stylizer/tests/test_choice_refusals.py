"""A choice that cannot be is refused with its reason beside its field, and nothing is stored or queued."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from stylizer.models import Stylization
from stylizer.tests import pictures
from stylizer.tests.test_upload_refusals import (
    Check,
    assert_api_says,
    assert_document_says,
    assert_form_says,
    request_data,
)

pytestmark = pytest.mark.usefixtures("style")
NO_NUMBER = ["abc", "nan", "inf", "-inf", "1,5", "٠.٥", "0x1", "1_0", "9" * 500, "1e999", "1\0"]
BAD_CHOICES = [
    *(("strength", value) for value in [*NO_NUMBER, "-0.1", "1.01", "50%", "-1e-9"]),
    *(("keep_colors", value) for value in ["maybe", "2", "on\0"]),
    *(("brush", value) for value in [*NO_NUMBER, "0", "0.24", "4.01", "-1"]),
    *(("format", value) for value in ["gif", "tiff", "exe", "image/png", "../png", "png\0"]),
    *(("quality", value) for value in ["0", "101", "-5", "92.5", "high", "٩٢", "9" * 500]),
]
choices = pytest.mark.parametrize(("name", "value"), BAD_CHOICES, ids=lambda text: ascii(text)[:20])


@choices
def test_the_api_refuses(alices_program: Client, leaves_no_trace: Check, name: str, value: str) -> None:
    with leaves_no_trace():
        answer = alices_program.post("/api/v1/stylizations/", request_data(**{name: value}))
    assert_api_says(answer, name, f"{name}_invalid")


@choices
def test_the_form_refuses(as_alice: Client, leaves_no_trace: Check, name: str, value: str) -> None:
    if name == "brush":
        name = "stroke"  # of which the brush is the power of two
        value = {"0": "-2.01", "0.24": "2.01", "4.01": "99999", "-1": "-1e400"}.get(value, value)
    with leaves_no_trace():
        page = as_alice.post("/studio/", request_data(**{name: value}))
    assert_form_says(page, name)
    assert '<details class="finer" open>' in page.content.decode(), "what is wrong can be seen"


@pytest.mark.parametrize(("name", "value"), [("strength", "2"), ("strength", "x"), ("keep_colors", "x")])
@pytest.mark.parametrize("address", ["/stylize", "/stylize_download"])
def test_the_documents_refuse(
    alices_program: Client, leaves_no_trace: Check, address: str, name: str, value: str
) -> None:
    with leaves_no_trace():
        response = alices_program.post(address, request_data(field="file", **{name: value}))
    assert_document_says(response, f"{name}_invalid")


def test_a_fine_brush_counts_as_what_the_network_sees(
    as_alice: Client, alices_program: Client, leaves_no_trace: Check, settings
) -> None:
    settings.EASEL_MAX_OUTPUT_PIXELS = 2 * 64 * 48
    with leaves_no_trace():
        page = as_alice.post("/studio/", request_data(stroke="-1"))
        answer = alices_program.post("/api/v1/stylizations/", request_data(brush="0.5"))
        original = alices_program.post("/api/v1/stylizations/", request_data(size="original", brush="0.5"))
    assert_form_says(page, "stroke")
    assert_api_says(answer, "brush", "brush_too_fine")
    assert_api_says(original, "brush", "brush_too_fine")
    for brush in ("0.8", "1", "4"):
        assert alices_program.post("/api/v1/stylizations/", request_data(brush=brush)).status_code == 202


def test_a_broad_brush_makes_no_larger_painting_possible(
    alices_program: Client, leaves_no_trace: Check, settings
) -> None:
    settings.EASEL_MAX_OUTPUT_PIXELS = 64 * 48 - 1
    with leaves_no_trace():
        answer = alices_program.post("/api/v1/stylizations/", request_data(size="original", brush="4"))
    assert_api_says(answer, "size", "size_too_large")


def test_a_side_that_the_format_cannot_hold(as_alice: Client, alices_program: Client, leaves_no_trace: Check) -> None:
    def data(**values: str) -> dict[str, object]:
        photo = SimpleUploadedFile("long.png", pictures.encoded(Image.new("RGB", (16_384, 3), "teal"), "PNG"))
        return request_data(None, size="original", size_mode="original", **values) | {"photo": photo}

    with leaves_no_trace():
        page = as_alice.post("/studio/", data(format="webp"))
        answer = alices_program.post("/api/v1/stylizations/", data(format="webp"))
    assert_form_says(page, "format")
    assert_api_says(answer, "format", "format_too_small")
    for chosen in ("png", "jpeg"):
        assert alices_program.post("/api/v1/stylizations/", data(format=chosen)).status_code == 202


def test_an_anonymous_visitor_chooses_nothing(anyone: Client, leaves_no_trace: Check) -> None:
    with leaves_no_trace():
        assert anyone.post("/studio/", request_data(strength="x")).status_code == 302
        for address in ("/api/v1/stylizations/", "/stylize"):
            response = anyone.post(address, request_data(strength="x"))
            assert response.status_code == 401
            assert "strength" not in response.content.decode()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"strength": ".5"}, {"strength": 0.5}),
        ({"strength": " 1.0 "}, {"strength": 1.0}),
        ({"strength": "5e-1"}, {"strength": 0.5}),
        ({"keep_colors": "TRUE"}, {"keep_colors": True}),
        ({"keep_colors": "0"}, {"keep_colors": False}),
        ({"brush": "0.25"}, {"brush": 0.25}),
        ({"format": "JPG"}, {"format": "JPEG"}),
        ({"format": "WebP", "quality": "1"}, {"format": "WEBP", "quality": 1}),
    ],
)
def test_values_are_read_as_programs_write_them(alices_program: Client, sent, kept) -> None:
    assert alices_program.post("/api/v1/stylizations/", request_data(**sent)).status_code == 202
    job = Stylization.objects.get()
    assert {name: getattr(job, name) for name in kept} == kept


def test_blank_fields_of_the_form_are_the_defaults(as_alice: Client) -> None:
    blank = dict.fromkeys(("strength", "keep_colors", "stroke", "format", "quality"), "")
    page = as_alice.post("/studio/", request_data(**blank))
    assert page.status_code == 302
    assert Stylization.objects.get().special_choices == []

"""Lines of the log: which request, which job, readable by people or by programs."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime

import pytest
from django.test import Client

from nstsite.log_lines import PLAIN, AboutFilter, JsonLines
from nstsite.request_id import request_id
from stylizer.log_context import logged_as


def line(form: str, *, failing: bool = False) -> str:
    formatter = JsonLines() if form == "json" else logging.Formatter(PLAIN, style="{")
    record = logging.LogRecord("stylizer.run_job", logging.INFO, __file__, 1, "painted %s", ("a wave",), None)
    if failing:
        try:
            raise ValueError("broken")
        except ValueError as error:
            record.exc_info = (type(error), error, error.__traceback__)
    assert AboutFilter().filter(record)
    return formatter.format(record)


@pytest.fixture
def _about():
    token = request_id.set("abc12345")
    with logged_as("job-1"):
        yield
    request_id.reset(token)


@pytest.mark.usefixtures("_about")
def test_a_plain_line_names_request_and_job() -> None:
    assert line("plain").endswith("INFO stylizer.run_job: painted a wave [request_id=abc12345 job_id=job-1]")


@pytest.mark.usefixtures("_about")
def test_a_json_line_has_them_as_fields() -> None:
    text = line("json", failing=True)
    assert "\n" not in text
    entry = json.loads(text)
    assert {key: entry[key] for key in ("level", "logger", "message", "request_id", "job_id")} == {
        "level": "INFO",
        "logger": "stylizer.run_job",
        "message": "painted a wave",
        "request_id": "abc12345",
        "job_id": "job-1",
    }
    assert datetime.fromisoformat(entry["time"]).tzinfo is not None
    assert "ValueError: broken" in entry["exc_info"]


def test_outside_of_both_nothing_is_added() -> None:
    token = request_id.set("")
    try:
        assert line("plain").endswith("painted a wave")
        assert json.loads(line("json")).keys() == {"time", "level", "logger", "message"}
    finally:
        request_id.reset(token)


@pytest.mark.django_db
def test_every_answer_has_a_name_of_its_own(anyone: Client) -> None:
    names = {anyone.get(address)["X-Request-ID"] for address in ("/", "/gallery/", "/no-such-page/")}
    assert len(names) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [
        (1, "from-the-proxy_1", True),
        (0, "from-a-stranger", False),
        (1, "short", False),
        (1, "x" * 65, False),
        (1, "two words here", False),
        (1, "name\u00e9name", False),
    ],
)
def test_a_name_given_counts_behind_a_proxy_only(
    anyone: Client, settings, proxies: int, given: str, kept: bool
) -> None:
    settings.EASEL_TRUSTED_PROXIES = proxies
    answered = anyone.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert (answered == given) is kept

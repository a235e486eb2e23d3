"""How log lines look: a plain line for people, or one JSON object a line for programs."""

from __future__ import annotations

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from nstsite.request_id import request_id
from stylizer.log_context import job_id

PLAIN = "{asctime} {levelname} {name}: {message}{about}"


class AboutFilter(logging.Filter):
    """Give each record ``request_id`` and ``job_id``, empty where it is about none, and both as ``about``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.request_id, record.job_id = request_id.get(), job_id.get()
        words = [f"{name}={value}" for name in ("request_id", "job_id") if (value := getattr(record, name))]
        record.about = f" [{' '.join(words)}]" if words else ""
        return True


class JsonLines(JsonFormatter):
    """``time`` (RFC 3339), ``level``, ``logger``, ``message``; ``request_id``, ``job_id``, ``exc_info`` if any."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message", "request_id", "job_id"],
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Leave out what is empty."""
        log_data.pop("about", None)
        return {name: value for name, value in log_data.items() if value not in ("", None)}


def logging_settings(level: str, form: str) -> dict[str, Any]:
    """Return Django's ``LOGGING``; ``form`` is plain or json."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"about": {"()": AboutFilter}},
        "formatters": {
            "plain": {"format": PLAIN, "style": "{"},
            "json": {"()": JsonLines},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["about"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django-q": {"level": "WARNING"}},
    }

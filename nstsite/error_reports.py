"""Errors sent to a Sentry server of the administrator's, by setting alone."""

from __future__ import annotations

import sentry_sdk


def report_errors_to(dsn: str) -> None:
    """Report unhandled errors to ``dsn``; without cookies, addresses, form fields, local variables or photos.

    What a photo is called or what somebody typed is nobody's business there, and a local variable may hold a token.
    """
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        traces_sample_rate=0.0,
    )

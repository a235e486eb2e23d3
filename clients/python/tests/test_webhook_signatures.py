"""A receiver knows a genuine message from one that was changed, forged or sent again later."""

from __future__ import annotations

import pytest
from easel_client import InvalidSignature, verify_signature

from stylizer.webhooks.signature import signature

SECRET = "whsec_0123456789abcdef"
BODY = b'{"event":"stylization.succeeded"}'
NOW = 1_780_000_000


def headers(secret: str = SECRET, at: int = NOW, body: bytes = BODY) -> dict[str, str]:
    """Return what the server itself would send."""
    return {"Content-Type": "application/json", "Easel-Signature": signature(secret, at, body)}


def test_what_the_server_signs_is_accepted() -> None:
    verify_signature(headers(), BODY, SECRET, now=NOW)
    verify_signature({name.lower(): value for name, value in headers().items()}, BODY, SECRET, now=NOW)


@pytest.mark.parametrize("seconds", [-300, -1, 0, 299, 300])
def test_a_message_within_the_tolerance_is_accepted(seconds: int) -> None:
    verify_signature(headers(), BODY, SECRET, tolerance=300, now=NOW + seconds)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_an_old_message_and_one_of_the_future_are_refused(seconds: int) -> None:
    with pytest.raises(InvalidSignature, match="not of now"):
        verify_signature(headers(), BODY, SECRET, tolerance=300, now=NOW + seconds)


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (headers(secret="whsec_another"), BODY),
        (headers(), BODY + b" "),
        (headers(), b""),
        (headers() | {"Easel-Signature": headers()["Easel-Signature"].replace(str(NOW), str(NOW + 1))}, BODY),
        (headers() | {"Easel-Signature": headers()["Easel-Signature"][:-1]}, BODY),
    ],
)
def test_what_was_changed_or_forged_is_refused(sent: dict[str, str], body: bytes) -> None:
    with pytest.raises(InvalidSignature, match="does not fit"):
        verify_signature(sent, body, SECRET, now=NOW)


@pytest.mark.parametrize(
    "text", ["", "t=1", "v1=ab", "t=x,v1=ab", "t=1,t=2,v1=ab", f"t={NOW};v1=ab", "t=١,v1=ab", "v1=,t=1", "é"]
)
def test_a_header_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidSignature, match="form"):
        verify_signature({"Easel-Signature": text}, BODY, SECRET, now=NOW)


def test_a_message_without_the_header_or_with_two_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="no"):
        verify_signature({}, BODY, SECRET, now=NOW)
    with pytest.raises(InvalidSignature, match="2"):
        verify_signature(headers() | {"easel-signature": "t=1,v1=ab"}, BODY, SECRET, now=NOW)


def test_a_second_signature_is_heeded_for_when_a_secret_is_replaced() -> None:
    other = headers(secret="whsec_old")["Easel-Signature"].partition(",")[2]
    both = headers() | {"Easel-Signature": f"{headers()['Easel-Signature']},{other}"}
    verify_signature(both, BODY, SECRET, now=NOW)
    verify_signature(both, BODY, "whsec_old", now=NOW)

"""Secrets that sign, kept so that a copy of the database alone does not give them away.

A hash, as passwords and tokens have it, would not do: whoever signs needs the secret itself. So it is encrypted, with a
key derived from SECRET_KEY, which is not in the database. Fernet authenticates as well: under another SECRET_KEY a
secret is unreadable, and not another secret that signs wrongly. SECRET_KEY_FALLBACKS is heeded.
"""

from __future__ import annotations

import base64
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "whsec_"
"""By it, programs that look for secrets in the wrong place know one."""


class Unreadable(Exception):
    """The secret was sealed under a SECRET_KEY that this server does not have."""


def new_secret() -> str:
    """Return a secret of 256 bits; all of this text, its beginning too, is the key of the signatures."""
    return PREFIX + secrets.token_urlsafe(32)


def seal(secret: str) -> str:
    """Return ``secret`` encrypted."""
    return _box(settings.SECRET_KEY).encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the secret that was sealed.

    Raises:
        Unreadable: with another SECRET_KEY.
    """
    boxes = MultiFernet([_box(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])
    try:
        return boxes.decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


@lru_cache(maxsize=8)
def _box(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"easel webhook secrets").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))

"""Accounts for the load script's people; prints one JSON object: sessions, tokens and styles.

``python manage.py shell --no-imports -c "from load.people import main; main(200, 20)"``
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User

from accounts.models import ApiToken
from stylizer.models import Style


def _session(user: User) -> str:
    """Return the key of a session in which ``user`` has signed in."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def main(browsing: int, uploading: int) -> None:
    """Make them, who have no passwords."""
    people = []
    for number in range(browsing + uploading):
        user = User(username=f"load-{number:04}")
        user.set_unusable_password()
        user.save()
        people.append(user)
    found = {
        "sessions": [_session(user) for user in people[:browsing]],
        "uploaders": [_session(user) for user in people[browsing:]],
        "tokens": [ApiToken.issue(user, days=1)[1] for user in people[browsing:]],
        "styles": list(Style.objects.published().values_list("slug", flat=True)),
    }
    sys.stdout.write(json.dumps(found) + "\n")

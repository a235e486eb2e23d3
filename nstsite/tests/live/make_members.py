"""Make members of a live site, some with works of their own; prints one JSON object: who → session cookie.

Run in a process of its own, with the site's settings, while no worker runs:
``python -m nstsite.tests.live.make_members [--crowd WORKS] NAME[=PRIVATE,PUBLIC] …``; ``bob`` is staff, and a
``clerk`` too, but one who may do nothing.
``--crowd`` adds works of one more account, demo-0001, two thirds of them on show.
"""

from __future__ import annotations

import argparse
import json
import sys

from nstsite.tests.live.furnish import Style, User, kept, session  # before anything else: it sets Django up

# isort: split
from gallery import demo_data


def member(name: str, private: int = 0, public: int = 0) -> User:
    """Make an account; its works are numbered, the public ones last."""
    user = User(username=name, is_staff=name.startswith(("bob", "clerk")), is_superuser=name == "bob")
    user.set_unusable_password()  # hashing one for each would take longer than all the rest
    user.save()
    for turn in range(private + public):
        kept(user, turn, is_public=turn >= private)
    return user


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("members", nargs="+")
    parser.add_argument("--crowd", type=int, default=0)
    options = parser.parse_args()
    sessions = {}
    for entry in options.members:
        name, _, counts = entry.partition("=")
        sessions[name] = session(member(name, *map(int, counts.split(",") if counts else [])))
    if options.crowd:
        demo_data.make_artworks(options.crowd, demo_data.make_users(1), list(Style.objects.published()), seed=1)
    sys.stdout.write(json.dumps(sessions) + "\n")

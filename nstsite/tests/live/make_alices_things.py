"""Make one of everything for Alice on a live site; prints one JSON object: ``sessions``, ``tokens`` and ``things``.

Run in a process of its own, with the site's settings, while no worker runs.
"""

from __future__ import annotations

import dataclasses
import json
import sys

from nstsite.tests.live.furnish import User, session  # before anything else: it sets Django up

# isort: split
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import ApiToken
from gallery.saving import save_artwork
from nstsite.tests.alices_things import make_things
from stylizer.enqueue import enqueue
from stylizer.models import Style
from stylizer.paint_choices import DEFAULTS
from stylizer.tests import pictures
from stylizer.tests.painted_by_hand import paint_by_hand


def add_style(slug: str, **fields: object) -> Style:
    """Add a style with which nothing can be painted."""
    style = Style(slug=slug, name=slug.title(), artist="Nobody", licence="public domain", **fields)
    style.store_files(b"not to be opened", pictures.jpeg(64, 48))
    style.save()
    return style


if __name__ == "__main__":
    alice, charlie = (User.objects.get(username=name) for name in ("alice", "charlie"))
    waves = add_style("waves")
    add_style("secret", is_published=False)
    photo = SimpleUploadedFile("photo.jpg", pictures.jpeg(), "image/jpeg")
    job = paint_by_hand(enqueue(alice, photo, waves, dataclasses.replace(DEFAULTS, size=64)))
    artwork = save_artwork(job)
    made = {
        "sessions": {user.username: session(user) for user in (alice, charlie)},
        "tokens": {user.username: ApiToken.issue(user, days=1)[1] for user in (alice, charlie)},
        "things": make_things(job, artwork) | {"result": job.result.name},
    }
    sys.stdout.write(json.dumps(made, default=str) + "\n")

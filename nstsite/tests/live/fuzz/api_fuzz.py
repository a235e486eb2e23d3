"""Asking a live server everything that its description allows and forbids, with schemathesis."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from easel_client import Easel

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite

UNLIMITED = {
    "EASEL_API_CREATES_PER_MINUTE": "1000000",
    "EASEL_API_REQUESTS_PER_MINUTE": "1000000",
    "EASEL_WEBHOOK_NETWORKS": "127.0.0.0/8",
}
"""For a site that is to be asked as often as can be, and whose webhooks lead to a port where nobody listens."""
ALL_PHASES = "examples,coverage,fuzzing,stateful"
HOOKS = Path(__file__).with_name("known_values.py")
# The examples of the API's description hold another password: trying them out must not delete the account.
PASSWORD = "not that of the examples"
MAKE_USERS = f"""
from django.contrib.auth.models import User
from accounts.models import ApiToken
for name, staff in (("dora", False), ("erik", True)):
    user = User.objects.create_user(name, password={PASSWORD!r}, is_staff=staff, is_superuser=staff)
    scopes = ["read", "write", "admin"] if staff else ["read", "write"]
    print(name, ApiToken.issue(user, days=1, scopes=scopes)[1])
"""


class Report(NamedTuple):
    """How a run ended."""

    cases: int
    is_clean: bool
    text: str


def make_accounts(site: LiveSite) -> dict[str, str]:
    """Return tokens by name: of Dora, a member, and Erik, who is staff."""
    lines = site.run("manage.py", "shell", "--no-imports", "-c", MAKE_USERS).splitlines()
    return {line.split()[0]: line.split()[1] for line in lines[-2:]}


def fuzz(
    site: LiveSite,
    name: str,
    token: str,
    folder: Path,
    *,
    examples: int,
    phases: str = ALL_PHASES,
    seed: int = 1,
) -> Report:
    """Run every check on every operation as somebody, requests in sequence along their links as well.

    Args:
        site: with a worker.
        name: whose token it is.
        token: to ask with.
        folder: for schemathesis's own files.
        examples: cases of each operation in each of the phases that make them up.
        phases: what schemathesis calls its ways of making requests.
        seed: the same makes the same requests, as far as answers are the same.
    """
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--no-color", "run", f"{site.url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Token {token}", "--checks", "all", "--max-examples", str(examples)),
        *("--phases", phases, "--continue-on-failure", "--no-shrink"),
        *("--request-timeout", "60", "--suppress-health-check", "all", "--seed", str(seed)),
    ]
    known = {"password": PASSWORD, "username": name} | _known_values(site, token)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EASEL_")}
    environment |= {"SCHEMATHESIS_HOOKS": str(HOOKS), "FUZZ_KNOWN": json.dumps(known), "NO_PROXY": "127.0.0.1"}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    text = run.stdout + run.stderr
    found = re.search(r"(\d+) generated", text)
    return Report(int(found[1]) if found else 0, run.returncode == 0, text)


def _known_values(site: LiveSite, token: str) -> dict[str, object]:
    """Return things that there are, for requests that name some."""
    content = photo(96, 72)
    with Easel(site.url, token) as easel:
        styles = [style.slug for style in easel.styles()]
        job = easel.stylize(content, styles[0], size=64, wait=200)
        return {
            "photo": base64.b64encode(content).decode(),
            "photo_id": easel.photos.upload(content).id,
            "style": styles[-1],
            "styles": styles[-2:],
            "spare_style": styles[1],
            "stylization": job.id,
            "artwork": easel.artworks.save(job.id).id,
        }

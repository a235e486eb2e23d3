"""How long a program waits for a painting beyond the time that painting takes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from PIL import Image

from accounts.deletion import delete_account
from accounts.models import ApiToken
from stylizer.models import Style

SIDE = 256
"""Longest side of photo and painting, pixels."""
WARM_UP = 5
"""Requests before those that count: the first loads the style's engine."""
_PATIENCE = 120
# The machine's proxy is none of this server's business.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Figures(NamedTuple):
    """Medians in milliseconds."""

    broker: str
    engine: str
    inference: float
    answer: float
    job: float

    @property
    def overhead(self) -> float:
        """What an answer takes beyond the inference."""
        return self.answer - self.inference


def photo() -> bytes:
    """Return a JPEG with something in it."""
    picture = Image.effect_noise((SIDE, SIDE * 3 // 4), 60).convert("RGB")
    buffer = io.BytesIO()
    picture.resize((SIDE, SIDE * 3 // 4)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def measure(url: str, style: Style, count: int) -> Figures:
    """Ask ``count`` times for a painting of :data:`SIDE` pixels and wait for it; one at a time, so the worker is idle.

    In turn with each the engine paints the same photo here, by itself, so that whatever else the machine does at times
    slows both.

    Raises:
        RuntimeError: an answer was no finished painting.
    """
    from mlcore.paint import paint_master
    from stylizer.engine_cache import engine_for

    engine = engine_for(style)
    with Image.open(io.BytesIO(photo())) as opened:
        picture = opened.convert("RGB")
    answers, jobs, inferences = [], [], []
    with _somebody() as token:
        for _ in range(WARM_UP + count):
            start = time.perf_counter()
            job = _ask(url, token, style.slug)
            answers.append(time.perf_counter() - start)
            jobs.append(job["seconds"])
            start = time.perf_counter()
            paint_master(engine, picture, 1)
            inferences.append(time.perf_counter() - start)
    medians = [1000 * statistics.median(times[WARM_UP:]) for times in (inferences, answers, jobs)]
    broker = "Redis" if "redis" in settings.Q_CLUSTER else "ORM"
    return Figures(broker, f"{engine.name}, {engine.precision}", *medians)


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Start web server and worker with the settings of this process, as the Procfile has them; give the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "EASEL_API_CREATES_PER_MINUTE": "100000", "EASEL_ALLOWED_HOSTS": "127.0.0.1"}
    environment |= {"EASEL_HTTPS": "false", "EASEL_TRUSTED_PROXIES": "0"}
    web = ["-m", "gunicorn", "nstsite.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    web += ["--workers", "2", "--threads", "12", "--no-control-socket"]
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(tempfile.TemporaryFile())
        for command in (web, ["manage.py", "qcluster"]):
            process = subprocess.Popen(  # noqa: S603  # fixed commands
                [sys.executable, *command],
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            stack.callback(_stop, process)
        url = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(url)
        yield url


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_it_answers(url: str) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            with _OPENER.open(f"{url}/healthz", timeout=10):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@contextlib.contextmanager
def _somebody() -> Iterator[str]:
    """Give the token of an account that is there for the measurement only."""
    user = User.objects.create_user(f"bench-{uuid.uuid4().hex[:12]}")
    try:
        yield ApiToken.issue(user, name="bench_api", days=1)[1]
    finally:
        delete_account(user)


def _ask(url: str, token: str, slug: str) -> dict[str, Any]:
    boundary = uuid.uuid4().hex
    fields = {"style": slug, "size": str(SIDE)}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n\r\n'
    body = "".join([*parts, head]).encode() + photo() + f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "Authorization": f"Token {token}",
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Prefer": f"wait={settings.EASEL_SYNC_WAIT_SECONDS}",
    }
    request = urllib.request.Request(f"{url}/api/v1/stylizations/", body, headers)  # noqa: S310  # our own address
    with _OPENER.open(request, timeout=_PATIENCE) as response:
        job: dict[str, Any] = json.load(response)
    if response.status != 201 or job["status"] != "succeeded":
        raise RuntimeError(f"no painting: {response.status} {job}")
    return job

"""An S3-compatible store for a while: Debian's OpenStack Swift on a free port, with an empty private bucket."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from nstsite.tests.live.waiting import wait_for

MISSING = "No OpenStack Swift here, which this test needs: sudo apt install python3-swift"
PYTHON = "/usr/bin/python3"
"""The system's, which sees Debian's packages."""
PROGRAM = Path(__file__).with_name("swift_server.py")
KEY, SECRET = "easel:easel", "a-key-for-tests"
BUCKET = "pictures"


@dataclass(frozen=True)
class Store:
    """The bucket, looked at with keys of its own."""

    port: int
    client: Any

    @property
    def address(self) -> str:
        """As STORAGE_URL has it."""
        return f"s3://{KEY.replace(':', '%3A')}:{SECRET}@127.0.0.1:{self.port}/{BUCKET}?tls=0"

    def names(self) -> set[str]:
        """Return the name of every file in the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {entry["Key"] for page in pages for entry in page.get("Contents", [])}

    def empty(self) -> None:
        """Remove every file."""
        for name in self.names():
            self.client.delete_object(Bucket=BUCKET, Key=name)


def is_installed() -> bool:
    """Return whether the system's Python has Swift."""
    try:
        done = subprocess.run([PYTHON, "-c", "import swift, eventlet"], capture_output=True, timeout=60)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@contextlib.contextmanager
def running_store() -> Iterator[Store]:
    """Give a store with an empty bucket; nothing is left of it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="easel-store-"))
    try:
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [PYTHON, "-B", str(PROGRAM), str(folder)], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            port = wait_for("the store's port", lambda: _port(server, folder))
            client = boto3.client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name="us-east-1",
                aws_access_key_id=KEY,
                aws_secret_access_key=SECRET,
                config=Config(
                    signature_version="s3v4",
                    s3={"addressing_style": "path"},
                    read_timeout=120,
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                    proxies={},
                ),
            )
            client.create_bucket(Bucket=BUCKET)
            yield Store(port, client)
            client.close()
        finally:
            server.terminate()
            server.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _port(server: subprocess.Popen[bytes], folder: Path) -> int | None:
    assert server.poll() is None, f"the store ended:\n{(folder / 'log').read_text(errors='replace')}"
    written = folder / "port"
    return int(written.read_text()) if written.is_file() else None

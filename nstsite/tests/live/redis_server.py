"""A Redis server of a test's own, which it may stop and start again."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from nstsite.tests.live.free_port import free_port
from nstsite.tests.live.waiting import wait_for

MISSING = "No Redis here, which this test needs: sudo apt install redis-server"


def program() -> str | None:
    """Return the server's program."""
    return shutil.which("redis-server")


class RedisServer:
    """Keeps everything in memory, so that a start after a stop finds nothing."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder, self._program = folder, program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait for its answer."""
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        wait_for("an answer of Redis", self._answers)

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "redis-server ended"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

"""A PostgreSQL server for a while: a cluster in a folder of its own on a free port, gone without a trace afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nstsite.tests.live.free_port import free_port

MISSING = "No PostgreSQL here, which this test needs: sudo apt install postgresql"
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
"""Nothing in it has to outlast a power cut."""


def programs() -> Path | None:
    """Return the folder of the newest server's programs, which Debian keeps out of the path; ``None`` without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@dataclass(frozen=True)
class Cluster:
    """A server that runs."""

    address: str
    """Of an empty database, as DATABASE_URL has it, of which ``easel`` is the superuser."""
    restart: Callable[[str], None]
    """In the mode ``fast``, which breaks connections off, or ``immediate``, which is a crash."""


@contextlib.contextmanager
def running_cluster(folder_of_programs: Path) -> Iterator[str]:
    """Give the address of an empty database, as DATABASE_URL has it, of which ``easel`` is the superuser."""
    with running_server(folder_of_programs) as cluster:
        yield cluster.address


@contextlib.contextmanager
def running_server(
    folder_of_programs: Path, options: str = _FAST, environment: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """Run a server with these options; ``environment`` is added to its own."""
    # Not in pytest's folder, which other users cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="easel-postgresql-"))
    # The server refuses to run as root.
    as_whom = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_whom:
        shutil.chown(folder, "postgres")
    port = free_port()

    def run(program: str, *arguments: str) -> None:
        command = [*as_whom, str(folder_of_programs / program), *arguments]
        variables = os.environ | dict(environment or {})
        done = subprocess.run(
            command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout.decode(errors='replace')}"

    data, log = folder / "data", folder / "log"
    try:
        run("initdb", "-D", str(data), "-U", "easel", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {options}"
        # The log takes the server's output, so that it does not keep this program's pipe open.
        run("pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "start")
        try:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "easel", "easel")
            yield Cluster(
                f"postgres://easel@127.0.0.1:{port}/easel",
                lambda mode: run("pg_ctl", "-D", str(data), "-l", str(log), "-m", mode, "-w", "restart"),
            )
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

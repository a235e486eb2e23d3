"""Become one process of the Procfile, ``bin/start.py web``, or another program, ``bin/start.py manage.py check``.

For service managers and containers, which start each by itself.

A variable whose name ends with _FILE names a file that holds the value, as containers are given their secrets:
``DATABASE_URL_FILE=/run/secrets/database_url``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from honcho.environ import parse_procfile  # type: ignore[import-untyped]

PROJECT_DIR = Path(__file__).resolve().parent.parent
SUFFIX = "_FILE"
SECRETS = (
    *("EASEL_SECRET_KEY", "EASEL_SMTP_PASSWORD", "EASEL_METRICS_TOKEN"),
    *("DATABASE_URL", "REDIS_URL", "STORAGE_URL"),
)


class StartError(Exception):
    """It cannot be started; the text says why."""


def with_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with the contents of the files that ``…_FILE`` name in place of their names.

    Raises:
        StartError: a file cannot be read, or a value is given both ways.
    """
    filled = dict(environment)
    for name in SECRETS:
        path = filled.pop(name + SUFFIX, "")
        if not path:
            continue
        if filled.get(name):
            raise StartError(f"Give {name} or {name}{SUFFIX}, not both.")
        try:
            filled[name] = Path(path).read_text().strip()
        except OSError as error:
            raise StartError(f"{name}{SUFFIX}={path} cannot be read: {error.strerror}.") from error
    return filled


def command_line(arguments: list[str]) -> list[str]:
    """Return what to run: a process of the Procfile by its name, or a Python program of the project with arguments.

    Raises:
        StartError: it is neither.
    """
    processes = parse_procfile((PROJECT_DIR / "Procfile").read_text()).processes
    match arguments:
        case [name] if name in processes:
            return ["/bin/sh", "-c", processes[name]]
        case [program, *rest] if program.endswith(".py") and (PROJECT_DIR / program).is_file():
            return [sys.executable, program, *rest]
    raise StartError(f"bin/start.py takes {', '.join(processes)} or a program such as manage.py, not {arguments}.")


def main() -> int:
    """Run; returns only where it could not."""
    try:
        command, environment = command_line(sys.argv[1:]), with_secrets(os.environ)
    except StartError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    os.chdir(PROJECT_DIR)
    os.execve(command[0], command, environment)  # noqa: S606  # this process becomes the other


if __name__ == "__main__":
    sys.exit(main())

"""A program that has loaded the project and forks workers, web servers and single tasks, each in a session of its own.

Fault tests start hundreds of them; each would load Django and engines anew. It takes one JSON object a line:
``{"start": "worker" or "web", "log": PATH, "port": N, "fault": {…}}`` is answered with ``{"pid": …}``,
``{"call": "module.function", "arguments": {…}, "fault": {…}}`` with ``{"answer": …}``, or ``{"error": …}``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pydoc
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nstsite.settings")
django.setup()

from django.db import connections  # noqa: E402

import stylizer.run_job  # noqa: E402, F401  # what a worker loads with its first task
from nstsite.tests.live.faults.steps import Fault, arm  # noqa: E402


def main() -> None:
    """Serve until standard input ends."""
    connections.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that end
    sys.stdout.write(json.dumps({"ready": True}) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        wanted = json.loads(line)
        answer = _start(wanted) if "start" in wanted else _call(wanted)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _start(wanted: dict[str, Any]) -> dict[str, Any]:
    run = {"worker": _worker, "web": lambda: _web(wanted["port"])}[wanted["start"]]

    def begin() -> None:
        log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, file in enumerate((nothing, log, log)):
            os.dup2(file, number)
        run()

    return {"pid": _fork(begin, wanted)}


def _call(wanted: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()

    def call() -> None:
        os.close(reading)
        try:
            function = pydoc.locate(wanted["call"])
            answer: dict[str, Any] = {"answer": function(**wanted.get("arguments", {}))}  # type: ignore[operator]
        except BaseException:
            answer = {"error": traceback.format_exc()}
        with os.fdopen(writing, "w") as pipe:
            json.dump(answer, pipe, default=str)

    _fork(call, wanted)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    return dict(json.loads(text)) if text else {"error": "it was killed"}


def _fork(run: Callable[[], None], wanted: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    _child(run, Fault(**wanted.get("fault", {})))


def _child(run: Callable[[], None], fault: Fault) -> NoReturn:
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        arm(fault)
        run()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0) if not isinstance(end.code, str) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        connections.close_all()
        sys.stderr.flush()
        os._exit(status)


def _worker() -> None:
    from django.core.management import execute_from_command_line

    from stylizer import stopping

    # This worker's own: what was made before the fork is shared with all others.
    stopping._asked_at = multiprocessing.RawValue("d", 0.0)
    execute_from_command_line(["manage.py", "qcluster"])
    for child in multiprocessing.active_children():  # as at the end of any program, which this is not
        child.join()


def _web(port: int) -> None:
    from gunicorn.app.wsgiapp import run

    sys.argv = ["gunicorn", "nstsite.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    sys.argv += ["--workers", "1", "--threads", "4", "--no-control-socket"]
    run()


if __name__ == "__main__":
    main()

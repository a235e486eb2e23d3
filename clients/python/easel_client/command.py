"""The command ``easel``."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from typing import cast

from easel_client.arguments import parse_arguments
from easel_client.choices import Choices
from easel_client.client import Easel, new_token
from easel_client.config_file import ConfigError, Login, find_login, save_login
from easel_client.errors import EaselError
from easel_client.painting_plan import PlanError, format_of, plan
from easel_client.painting_run import paint_all
from easel_client.progress_line import ProgressLine

DONE, SOME_FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 1 something failed, 2 wrong usage, 130 interrupted."""
    wanted = parse_arguments(arguments)
    commands = {"stylize": _stylize, "styles": _styles, "login": _login}
    try:
        return commands[wanted.command](wanted)
    except (ConfigError, PlanError, ValueError) as error:
        return _complain(str(error), WRONG_USAGE)
    except (EaselError, OSError) as error:
        return _complain(str(error), SOME_FAILED)
    except KeyboardInterrupt:
        return _complain("Interrupted. Run it again to go on: what is painted is not painted again.", INTERRUPTED)


def _stylize(wanted: argparse.Namespace) -> int:
    wanted.format = wanted.format or format_of(wanted.output)
    paintings = plan(wanted.photos, list(dict.fromkeys(wanted.style)), wanted.output, wanted.format or "jpeg")
    choices = _choices(wanted)
    with _open(wanted, needs_token=True) as easel:
        known = [style.slug for style in easel.styles()]
        if unknown := [slug for slug in wanted.style if slug not in known]:
            raise PlanError(f"There is no style {', '.join(unknown)}. There are: {', '.join(known)}.")
        progress = ProgressLine(len(paintings), sys.stdout, sys.stderr)
        progress.start()
        try:
            paint_all(
                easel,
                paintings,
                choices,
                jobs=wanted.jobs,
                wait=wanted.wait,
                overwrite=wanted.overwrite,
                progress=progress,
            )
        finally:
            progress.finish()
    return SOME_FAILED if progress.lost else DONE


def _styles(wanted: argparse.Namespace) -> int:
    with _open(wanted, needs_token=False) as easel:
        styles = easel.styles()
    width = max((len(style.slug) for style in styles), default=0)
    for style in styles:
        about = ", ".join(filter(None, [style.name, style.artist, style.year]))
        sys.stdout.write(f"{style.slug:<{width}}  {about}\n")
    return DONE


def _login(wanted: argparse.Namespace) -> int:
    url = wanted.url or os.environ.get("EASEL_URL")
    if not url:
        raise ConfigError("Which server? Say --url https://…")
    token = wanted.token
    if not token:
        sys.stderr.write("Name: ")
        sys.stderr.flush()
        name = sys.stdin.readline().strip()
        # Typed unseen, or from a pipe.
        password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        token = new_token(url, name, password)
    with Easel(url, token) as easel:
        next(easel.jobs.list(page_size=1), None)  # a token that is none is refused here
    path = save_login(Login(url, token), os.environ)
    sys.stderr.write(f"Signed in. The token is in {path}; revoke it on the account page.\n")
    return DONE


def _open(wanted: argparse.Namespace, *, needs_token: bool) -> Easel:
    login = find_login(wanted.url, wanted.token, os.environ)
    if needs_token and not login.token:
        raise ConfigError(f"No token for {login.url}. Set EASEL_TOKEN, or run: easel login --url {login.url}")
    return Easel(login.url, login.token, timeout=wanted.timeout)


def _choices(wanted: argparse.Namespace) -> Choices:
    names = ("size", "strength", "keep_colors", "brush", "format", "quality")
    chosen = {name: getattr(wanted, name) for name in names if getattr(wanted, name) is not None}
    return cast(Choices, chosen)


def _complain(text: str, status: int) -> int:
    sys.stderr.write(f"easel: {text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())

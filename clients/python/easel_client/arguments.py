"""The options of the command ``easel``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

_SERVER = (
    "Server and token come from these options, from EASEL_URL and EASEL_TOKEN, or from the file that `easel login` "
    "writes. Everybody on this machine can see a command's options: for a token the other two are better."
)
_STYLIZE = (
    "Paints photos, and folders with the photos below them, and prints where each painting lies. Run again, it goes on "
    "where it was: what is there already is not painted again, and what was queued is not queued again."
)
_STATUS = "Exit status: 0 all done, 1 something failed (the rest is painted), 2 wrong usage, 130 interrupted."


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options, or end the program: with 0 after --help, with 2 when they are wrong."""
    parser = argparse.ArgumentParser("easel", description="Have an Easel server paint photos.", epilog=_STATUS)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    stylize = commands.add_parser("stylize", help="paint photos", description=_STYLIZE, epilog=f"{_SERVER} {_STATUS}")
    _add_photos(stylize)
    _add_look(stylize)
    styles = commands.add_parser("styles", help="list the styles", epilog=_SERVER)
    login = commands.add_parser(
        "login",
        help="get a token and keep it",
        description="Asks for name and password, gets a token for them, and writes server and token into "
        "~/.config/easel/config.toml, which only you can read. With --token it keeps that one.",
    )
    for command in (stylize, styles, login):
        _add_server(command)
    return parser.parse_args(arguments)


def _add_server(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("server")
    group.add_argument("--url", metavar="URL", help="where it is, for instance https://easel.example.org")
    group.add_argument("--token", metavar="TOKEN", help="made on the account page or by `easel login`")
    group.add_argument(
        "--timeout",
        type=_number(1, 3600),
        default=30.0,
        metavar="SECONDS",
        help="without a sign of the server until it is given up (default: 30)",
    )


def _add_photos(command: argparse.ArgumentParser) -> None:
    command.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="photo or folder")
    command.add_argument(
        "--style", required=True, action="append", metavar="SLUG", help="as `easel styles` lists them; may be repeated"
    )
    command.add_argument(
        "--output", type=Path, metavar="PATH", help="file for one painting, or folder (default: this folder)"
    )
    command.add_argument(
        "--jobs", type=_whole(1, 32), default=4, metavar="N", help="paintings at a time, 1 to 32 (default: 4)"
    )
    command.add_argument(
        "--wait",
        type=_number(1, 86_400),
        default=600.0,
        metavar="SECONDS",
        help="that a painting may take, with its time in the queue (default: 600)",
    )
    command.add_argument("--overwrite", action="store_true", help="paint anew what is there already")


def _add_look(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("look")
    group.add_argument(
        "--size", type=_size, metavar="PIXELS", help='longest side, 64 to 2048, or "original" (default: 512)'
    )
    group.add_argument(
        "--strength", type=_number(0, 1), metavar="X", help="0, the photo, to 1, the painting (default: 1)"
    )
    group.add_argument(
        "--keep-colors", action="store_const", const=True, help="keep the photo's colours (default: the painting's)"
    )
    group.add_argument(
        "--brush", type=_number(0.25, 4), metavar="X", help="width of strokes, 0.25 to 4 times the usual (default: 1)"
    )
    group.add_argument("--format", choices=["jpeg", "png", "webp"], help="of the file (default: jpeg)")
    group.add_argument("--quality", type=_whole(1, 100), metavar="N", help="of JPEG and WebP, 1 to 100 (default: 95)")


def _size(text: str) -> int | str:
    return text if text == "original" else _whole(64, 2048)(text)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not from {low} to {high}")
        return value

    return number


def _number(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not from {low:g} to {high:g}")
        return value

    return number

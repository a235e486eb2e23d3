"""Trained styles by name, as a command is given them: a style file, several, or a folder of them. Needs no torch."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcore.errors import CheckpointError, ConfigError

STYLE_SUFFIXES = frozenset({".safetensors", ".pth", ".pt"})
"""What a folder's style files are known by; a file that is named itself may be called anything."""


@dataclass(frozen=True)
class NamedStyle:
    """A style file.

    Attributes:
        name: for people to read.
        slug: names a folder; no two styles of one run have the same.
        path: the style file.
        sha256: of its content, 64 hexadecimal digits.
    """

    name: str
    slug: str
    path: Path
    sha256: str


def named_style(path: Path, name: str = "", slug: str = "") -> NamedStyle:
    """Return the style of a file, called after the file unless a name is given.

    Raises:
        CheckpointError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"The checkpoint {path} cannot be read: {error.strerror}.") from error
    return NamedStyle(name or path.stem, slug or path.stem, path, sha256)


def find_styles(paths: Sequence[Path]) -> list[NamedStyle]:
    """Return the styles of files and of folders, in the order given; a folder's sorted by name.

    Raises:
        ConfigError: a folder holds no style file, or two styles have the same name.
        CheckpointError: a file cannot be read.
    """
    styles = [named_style(file) for path in paths for file in (_style_files(path) if path.is_dir() else [path])]
    twice = [slug for slug, count in Counter(style.slug for style in styles).items() if count > 1]
    if twice:
        raise ConfigError(f"--checkpoint names two styles called {twice[0]!r}: rename one of the files.")
    return styles


def _style_files(folder: Path) -> list[Path]:
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in STYLE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    if not files:
        raise ConfigError(f"The folder {folder} holds no style file (.safetensors, .pth or .pt): check --checkpoint.")
    return files

"""The styles that come with Easel: a table in styles.toml, each with a style file and a preview beside it."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from stylizer.models import Style

STARTER_DIR = Path(__file__).parent / "starter_styles"
_TEXT_FIELDS = ("name", "artist", "year", "source", "licence", "description")


def read_starter_styles(folder: Path = STARTER_DIR) -> dict[str, dict[str, Any]]:
    """Return slug → entry of ``folder``/styles.toml."""
    return tomllib.loads((folder / "styles.toml").read_text(encoding="utf-8"))


def load_starter_styles(folder: Path = STARTER_DIR) -> Iterator[tuple[Style, str]]:
    """Bring the catalog up to date with the starter pack; yield each style with "added", "updated" or "unchanged".

    What an administrator decided (published, retired, position) is kept.
    """
    for position, (slug, entry) in enumerate(read_starter_styles(folder).items(), start=1):
        yield _load(folder, slug, entry, position)


def _load(folder: Path, slug: str, entry: dict[str, Any], position: int) -> tuple[Style, str]:
    content = (folder / f"{slug}.safetensors").read_bytes()
    preview = (folder / f"{slug}.jpg").read_bytes()
    style = Style.objects.filter(slug=slug).first()
    outcome = "updated" if style else "added"
    if style is None:
        style = Style(slug=slug, position=position)
    wanted = {field: entry.get(field, "") for field in _TEXT_FIELDS} | {
        "recipe": entry.get("recipe", {}),
        "metrics": entry.get("metrics", {}),
        "checkpoint_sha256": hashlib.sha256(content).hexdigest(),
    }
    files_present = bool(style.pk) and all(
        file.storage.exists(str(file.name)) for file in (style.checkpoint, style.preview)
    )
    if files_present and all(getattr(style, field) == value for field, value in wanted.items()):
        return style, "unchanged"
    for field, value in wanted.items():
        setattr(style, field, value)
    with transaction.atomic():
        style.store_files(content, preview)
        style.save()
    return style, outcome

"""Putting a trained style into the catalog from the command line.

The words are checked on their own, so that hours of training never end in "this name is too long".
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import Error as DatabaseFault
from django.db import IntegrityError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.text import slugify

from mlcore.errors import ImageError
from mlcore.image_io import open_photo
from stylizer.checkpoint_intake import verify_checkpoint
from stylizer.models import Style
from stylizer.rejections import Rejected
from stylizer.style_files import delete_unnamed

SLUG_LENGTH = 50


@dataclass(frozen=True)
class CatalogEntry:
    """What the catalog says of a style to come, and the photo its preview is painted from (``None``: a landscape)."""

    name: str
    slug: str
    artist: str = ""
    year: str = ""
    source: str = ""
    licence: str = ""
    description: str = ""
    preview_photo: Path | None = None

    def words(self) -> dict[str, str]:
        """Return the fields of the row."""
        return {field: value.strip() for field, value in asdict(self).items() if field != "preview_photo"}


def slug_for(name: str) -> str:
    """Return the slug of a name: "The Great Wave" → the-great-wave; "" where no letter of it is Latin."""
    return slugify(name)[:SLUG_LENGTH].strip("-_")


def check_entry(entry: CatalogEntry) -> None:
    """Check everything that publishing needs beside the style file.

    Raises:
        Rejected: with the field at fault, or none if it is the database or the media folder.
    """
    _check_words(entry)
    _check_photo(entry.preview_photo)
    _check_database()
    if Style.objects.filter(slug=entry.slug).exists():
        raise _slug_taken(entry.slug)
    _check_storage()
    let_go_of_the_database()


def publish_style(style_file: Path, entry: CatalogEntry) -> Style:
    """Verify a style file as an upload is, and add it to the catalog, published.

    Raises:
        Rejected: the verifier refuses the file, or the slug or the same file is in the catalog.
        OSError: a file cannot be read or stored.
        django.db.Error: the database is out of reach.
    """
    with style_file.open("rb") as file:
        verified = verify_checkpoint(File(file), entry.preview_photo)
    let_go_of_the_database()
    sha256 = hashlib.sha256(verified.style_file).hexdigest()
    style = Style(**entry.words(), recipe=verified.recipe, metrics=verified.metrics, checkpoint_sha256=sha256)
    storing = False
    try:
        with transaction.atomic():
            # Files are named by content, so two styles would share one and lose it together.
            twin = Style.objects.filter(checkpoint_sha256=sha256).exclude(slug=entry.slug).first()
            if twin is not None:
                where = f"{twin.name} ({twin.slug})"
                raise Rejected("style_known", f"This style file is in the catalog already, as {where}.")
            style.save(force_insert=True)  # whoever loses the race for the slug has stored no file yet
            storing = True
            style.store_files(verified.style_file, verified.preview)
            style.save()
    except IntegrityError as error:
        raise _slug_taken(entry.slug) from error
    except BaseException:
        if storing:
            delete_unnamed({str(file.field.generate_filename(style, "")) for file in (style.checkpoint, style.preview)})
        raise
    return style


def free_slug(slug: str) -> str:
    """Return ``slug``, or the first of slug-2, slug-3 … that no style has."""
    taken = set(Style.objects.values_list("slug", flat=True))
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug[: SLUG_LENGTH - 1 - len(str(number))]}-{number}"
    return free


def let_go_of_the_database() -> None:
    """Close idle connections: a server drops them during hours of training, and loader processes inherit them."""
    for one in connections.all(initialized_only=True):
        if not one.in_atomic_block:
            one.close()


def _check_words(entry: CatalogEntry) -> None:
    words = entry.words()
    if not words["name"]:
        raise Rejected("invalid", "The style needs a name.", field="name")
    if not words["slug"]:
        raise Rejected("invalid", f"“{words['name']}” has no letters for an address: give one.", field="slug")
    for field, value in words.items():
        # Bytes that are no text arrive as lone surrogates, which no database takes.
        if not value.replace("\n", "").isprintable():
            raise Rejected("invalid", "It holds characters that cannot be shown.", field=field)
    try:
        Style(**words).clean_fields(exclude={field.name for field in Style._meta.fields} - words.keys())
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Rejected("invalid", " ".join(messages), field=field) from error


def _check_photo(photo: Path | None) -> None:
    if photo is not None:
        try:
            open_photo(photo, longest_side=64)
        except ImageError as error:
            raise Rejected(error.code, str(error), field="preview_photo") from error


def _check_database() -> None:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes(Style._meta.app_label))
    except DatabaseFault as error:
        raise Rejected("no_database", f"The database cannot be reached: {error}") from error
    if missing:
        raise Rejected(
            "not_migrated", "The database is not set up for this version. Run first: python manage.py migrate"
        )


def _check_storage() -> None:
    storage = Style._meta.get_field("checkpoint").storage
    try:
        storage.delete(storage.save("styles/can-be-written", ContentFile(b"")))
    except OSError as error:
        raise Rejected("cannot_store", f"The style could not be stored in the media folder: {error}") from error


def _slug_taken(slug: str) -> Rejected:
    return Rejected(
        "slug_taken",
        f"The catalog has a style {slug!r} already. Choose another slug; an administrator can replace that style's "
        "file at /admin/.",
        field="slug",
        status=409,
    )

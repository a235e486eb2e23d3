"""The index behind searches, on PostgreSQL: groups of three letters, by its extension pg_trgm.

Not a part of the model, since SQLite has nothing like it: there, and where the extension may not be created, searches
read the rows in the order of the list until a page is full, which is slow only for what is rare.
"""

from __future__ import annotations

import sys

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

NAME = "artwork_shown_words"
# Without fastupdate: works are saved now and then and searched often, and a search would read what waits to be put in.
_CREATE = f"""
    CREATE INDEX IF NOT EXISTS {NAME} ON gallery_artwork USING gin (search_text gin_trgm_ops)
    WITH (fastupdate = off)
    WHERE (hidden_at IS NULL AND is_public AND trashed_at IS NULL)
"""


def create_search_index(connection: BaseDatabaseWrapper) -> str:
    """Make the index where the database can have one; return what is in the way, or "".

    It may be called again at any time, for instance once an administrator of the database has created the extension.
    """
    if connection.vendor != "postgresql":
        return ""
    try:
        # A failure must not undo the migration around it.
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(_CREATE)
    except DatabaseError as error:
        reason = str(error).strip().rstrip(".")
        return (
            f"PostgreSQL could not make the index for searches: {reason}. Searches work, and take longer the more "
            "works there are. Let an administrator of the database run CREATE EXTENSION pg_trgm; in it, then run "
            "manage.py create_search_index."
        )
    return ""


def create_and_tell(connection: BaseDatabaseWrapper) -> bool:
    """Make the index, say on standard error what is in the way, and return whether all is well."""
    problem = create_search_index(connection)
    if problem:
        sys.stderr.write(f"\n{problem}\n")
    return not problem

"""The index behind searches: made on PostgreSQL, used by the very query of the page, and done without where it must."""

from __future__ import annotations

import io
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery import search_index
from gallery.models import Artwork
from gallery.search_index import NAME, create_search_index

ON_POSTGRESQL = connection.vendor == "postgresql"


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, Artwork._meta.db_table))


def test_migrating_makes_it_on_postgresql_and_only_there(db: None) -> None:
    assert (NAME in indexes()) is ON_POSTGRESQL


def test_the_command_says_how_it_is(db: None) -> None:
    said = io.StringIO()
    call_command("create_search_index", stdout=said)
    assert ("SQLite needs none" in said.getvalue()) is not ON_POSTGRESQL
    assert (NAME in indexes()) is ON_POSTGRESQL


@pytest.mark.parametrize("statement", ["CREATE EXTENSION no_such_extension", "CREATE INDEX broken ON nowhere (x)"])
def test_where_it_cannot_be_made_everything_else_goes_on(db: None, monkeypatch, statement: str) -> None:
    monkeypatch.setattr(search_index, "_CREATE", statement)
    problem = create_search_index(connection)
    assert bool(problem) is ON_POSTGRESQL
    assert not Artwork.objects.exists(), "the transaction around it can still be used"
    if ON_POSTGRESQL:
        assert "CREATE EXTENSION pg_trgm" in problem
        with pytest.raises(CommandError, match=r"manage\.py create_search_index"):
            call_command("create_search_index")


def test_the_page_of_a_search_can_use_it(anyone, alice, make_artwork) -> None:
    artwork = make_artwork(alice, is_public=True, title="Lighthouse")
    fields = {field.attname: getattr(artwork, field.attname) for field in Artwork._meta.concrete_fields}
    others = {"title": "Garden", "search_text": " garden waves nobody alice "}
    Artwork.objects.bulk_create([Artwork(**(fields | others | {"id": uuid.uuid4()})) for _ in range(3000)])
    with CaptureQueriesContext(connection) as queries:
        assert anyone.get("/gallery/", {"q": "lighthouse"}).context["artworks"] == [artwork]
    query = next(query["sql"] for query in queries.captured_queries if "LIKE" in query["sql"])
    if ON_POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {Artwork._meta.db_table}")
            cursor.execute("SET LOCAL enable_seqscan = off")  # which is as quick for so few
            cursor.execute("EXPLAIN " + query)
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert NAME in plan, plan

"""Programs that had a token before tokens had names keep it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from knox.models import get_digest_token

from accounts.models import ApiToken

MADE = datetime(2026, 5, 1, 12, tzinfo=UTC)
ENDS = datetime(2199, 5, 1, 12, tzinfo=UTC)


def migrate(name: str):
    executor = MigrationExecutor(connection)
    executor.migrate([("accounts", name)])
    executor.loader.build_graph()
    return executor.loader.project_state([("accounts", name)]).apps


@pytest.mark.django_db(transaction=True)
def test_a_token_of_knoxs_own_table_goes_on_working() -> None:
    alice = User.objects.create_user("alice")
    digest, text = get_digest_token(prefix="")
    try:
        migrate("0002_api_token")
        assert "knox_authtoken" in connection.introspection.table_names(), "as in an installation of before"
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO knox_authtoken (digest, token_key, user_id, created, expiry) VALUES (%s, %s, %s, %s, %s)",
                [digest, text[:15], alice.pk, MADE, ENDS],
            )
    finally:
        migrate("0003_keep_earlier_tokens")
        migrate(MigrationExecutor(connection).loader.graph.leaf_nodes("accounts")[0][1])
    assert "knox_authtoken" not in connection.introspection.table_names()
    token = ApiToken.objects.get()
    assert (token.created, token.expiry, token.scope_list) == (MADE, ENDS, ["read", "write"])
    client = Client(headers={"authorization": f"Token {text}"})
    assert client.get("/api/v1/stylizations/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_going_back_takes_the_tokens_along() -> None:
    alice = User.objects.create_user("alice")
    _, text = ApiToken.issue(alice, days=1)
    try:
        migrate("0002_api_token")
        with connection.cursor() as cursor:
            cursor.execute("SELECT digest FROM knox_authtoken")
            digests = [row[0] for row in cursor.fetchall()]
        assert digests == list(ApiToken.objects.values_list("digest", flat=True))
        ApiToken.objects.all().delete()
    finally:
        migrate(MigrationExecutor(connection).loader.graph.leaf_nodes("accounts")[0][1])
    client = Client(headers={"authorization": f"Token {text}"})
    assert client.get("/api/v1/stylizations/").status_code == 200

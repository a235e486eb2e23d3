"""Tokens that django-rest-knox kept in a table of its own move to ours and go on working; that table goes.

It must go: nothing would delete its rows with their account any more.
"""

from django.apps.registry import Apps
from django.db import migrations, models

TABLE = "knox_authtoken"
COLUMNS = ("digest", "token_key", "user_id", "expiry")


class KnoxToken(models.Model):
    """knox's own model as it was in every version of Easel before this one."""

    digest = models.CharField(primary_key=True, max_length=128)
    token_key = models.CharField(max_length=25, db_index=True)
    user_id = models.IntegerField()
    created = models.DateTimeField()
    expiry = models.DateTimeField(null=True)

    class Meta:
        app_label = "knox_before"
        db_table = TABLE
        apps = Apps()


def _has_table(schema_editor):
    return TABLE in schema_editor.connection.introspection.table_names()


def move_here(apps, schema_editor):
    if not _has_table(schema_editor):
        return  # a new installation
    ApiToken = apps.get_model("accounts", "ApiToken")
    for old in KnoxToken._base_manager.all():
        ApiToken._base_manager.create(**{name: getattr(old, name) for name in COLUMNS})
        ApiToken._base_manager.filter(pk=old.pk).update(created=old.created)  # create() put the present there
    schema_editor.delete_model(KnoxToken)


def move_back(apps, schema_editor):
    if not _has_table(schema_editor):
        schema_editor.create_model(KnoxToken)
    ApiToken = apps.get_model("accounts", "ApiToken")
    for token in ApiToken._base_manager.all():
        KnoxToken._base_manager.create(created=token.created, **{name: getattr(token, name) for name in COLUMNS})


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_api_token")]

    operations = [migrations.RunPython(move_here, move_back)]

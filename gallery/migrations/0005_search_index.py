"""On PostgreSQL, an index for searches; where it cannot be made, say so and go on without."""

from django.db import migrations

from gallery.search_index import NAME, create_and_tell


def create(apps, schema_editor):
    create_and_tell(schema_editor.connection)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {NAME}")


class Migration(migrations.Migration):
    dependencies = [("gallery", "0004_words")]

    operations = [migrations.RunPython(create, drop)]

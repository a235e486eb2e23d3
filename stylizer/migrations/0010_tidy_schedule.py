"""Every hour: remove what the catalog does not name any more."""

from django.db import migrations

NAME = "stylizer tidy catalog"


def create_schedule(apps, schema_editor):
    # "H" is django-q's Schedule.HOURLY.
    apps.get_model("django_q", "Schedule").objects.update_or_create(
        name=NAME, defaults={"func": "stylizer.catalog_upkeep.tidy_catalog", "schedule_type": "H", "repeats": -1}
    )


def delete_schedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("stylizer", "0009_catalog"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(create_schedule, delete_schedule)]

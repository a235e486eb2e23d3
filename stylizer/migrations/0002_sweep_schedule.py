"""Every minute: bring back jobs of dead workers and wake workers for lost messages."""

from django.db import migrations

NAME = "stylizer sweep"


def create_schedule(apps, schema_editor):
    # "I" is django-q's Schedule.MINUTES.
    apps.get_model("django_q", "Schedule").objects.update_or_create(
        name=NAME, defaults={"func": "stylizer.tasks.sweep", "schedule_type": "I", "minutes": 1, "repeats": -1}
    )


def delete_schedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("stylizer", "0001_initial"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(create_schedule, delete_schedule)]

"""Every day: empty histories and trashes of what has been there for long enough."""

from django.db import migrations

NAME = "gallery prune"


def create_schedule(apps, schema_editor):
    # "D" is django-q's Schedule.DAILY.
    apps.get_model("django_q", "Schedule").objects.update_or_create(
        name=NAME, defaults={"func": "gallery.tasks.prune", "schedule_type": "D", "repeats": -1}
    )


def delete_schedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0005_search_index"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(create_schedule, delete_schedule)]

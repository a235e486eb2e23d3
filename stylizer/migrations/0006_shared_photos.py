"""Third of three: the photo's columns leave the jobs; and an hourly look for photos that nobody used."""

import django.db.models.deletion
from django.db import migrations, models

NAME = "stylizer prune photos"


def create_schedule(apps, schema_editor):
    # "H" is django-q's Schedule.HOURLY.
    apps.get_model("django_q", "Schedule").objects.update_or_create(
        name=NAME, defaults={"func": "stylizer.deletion.prune_photos", "schedule_type": "H", "repeats": -1}
    )


def delete_schedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('stylizer', '0005_copy_photos'),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [
        migrations.AlterField(
            model_name='stylization',
            name='photo',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.RESTRICT, related_name='stylizations', to='stylizer.photo'),
        ),
        *(
            migrations.RemoveField('stylization', name)
            for name in ('photo_file', 'photo_width', 'photo_height', 'before', 'before_width', 'before_height')
        ),
        migrations.RunPython(create_schedule, delete_schedule),
    ]

"""Photos of their own, which several jobs may share. First of three: the table and a way from the jobs to it.

Three, because PostgreSQL alters no table in a transaction that has changed references from it.
"""

import django.db.models.deletion
import stylizer.models.photo
import uuid
from django.conf import settings
from django.db import migrations, models

# Nullable, so that 0006 can bring them back empty when it is undone.
OLD = {
    'photo_width': models.PositiveIntegerField(editable=False, null=True),
    'photo_height': models.PositiveIntegerField(editable=False, null=True),
    'before': models.FileField(editable=False, max_length=200, null=True, upload_to=''),
    'before_width': models.PositiveIntegerField(editable=False, null=True),
    'before_height': models.PositiveIntegerField(editable=False, null=True),
}


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('stylizer', '0003_paint_choices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Photo',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, editable=False, help_text='As the sender named it; to show.', max_length=100)),
                ('file', models.FileField(editable=False, max_length=200, upload_to=stylizer.models.photo.file_path)),
                ('byte_size', models.PositiveBigIntegerField(editable=False, help_text='Of the file.')),
                ('sha256', models.CharField(blank=True, editable=False, help_text='Of the file; empty: not known.', max_length=64)),
                ('width', models.PositiveIntegerField(editable=False, help_text='Upright, pixels.')),
                ('height', models.PositiveIntegerField(editable=False, help_text='Upright, pixels.')),
                ('before', models.FileField(editable=False, max_length=200, upload_to=stylizer.models.photo.before_path)),
                ('before_width', models.PositiveIntegerField(editable=False)),
                ('before_height', models.PositiveIntegerField(editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='photos', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['owner', '-created_at'], name='stylizer_ph_owner_i_c41d07_idx'), models.Index(fields=['created_at'], name='stylizer_ph_created_3db7fb_idx')],
            },
        ),
        migrations.RenameField('stylization', 'photo', 'photo_file'),
        migrations.AlterField('stylization', 'photo_file', models.FileField(editable=False, max_length=200, null=True, upload_to='')),
        *(migrations.AlterField('stylization', name, field) for name, field in OLD.items()),
        migrations.AddField(
            model_name='stylization',
            name='photo',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='stylizations', to='stylizer.photo'),
        ),
    ]

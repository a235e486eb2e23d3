"""Second of three: a photo for each job. The files keep their places, and a photo has the id of its job.

Undone, each job names its photo's files again, also where several jobs share them: delete none of those afterwards.
"""

import hashlib

from django.db import migrations
from django.db.models import F

BATCH = 500


def make_photos(apps, schema_editor):
    Photo, Stylization = apps.get_model("stylizer", "Photo"), apps.get_model("stylizer", "Stylization")
    photos = []
    for job in Stylization.objects.order_by("pk").iterator(chunk_size=BATCH):
        size, sha256 = measured(job.photo_file)
        photos.append(
            Photo(
                id=job.pk,
                owner_id=job.owner_id,
                file=job.photo_file.name,
                byte_size=size,
                sha256=sha256,
                width=job.photo_width,
                height=job.photo_height,
                before=job.before.name,
                before_width=job.before_width,
                before_height=job.before_height,
            )
        )
        if len(photos) == BATCH:
            save(Photo, Stylization, photos)
            photos = []
    save(Photo, Stylization, photos)
    Stylization.objects.filter(photo=None).update(photo=F("pk"))


def save(Photo, Stylization, photos):
    Photo.objects.bulk_create(photos)
    times = dict(Stylization.objects.filter(pk__in=[photo.pk for photo in photos]).values_list("pk", "created_at"))
    for photo in photos:
        photo.created_at = times[photo.pk]  # auto_now_add took the present
    Photo.objects.bulk_update(photos, ["created_at"])


def measured(file):
    """Return size and hash of a file, or what says that they are not known: it may be gone, and the row must not."""
    digest = hashlib.sha256()
    try:
        with file.open("rb") as opened:
            for chunk in opened.chunks():
                digest.update(chunk)
            return opened.size, digest.hexdigest()
    except OSError:
        return 0, ""


def give_back(apps, schema_editor):
    Stylization = apps.get_model("stylizer", "Stylization")
    for job in Stylization.objects.select_related("photo").order_by("pk").iterator(chunk_size=BATCH):
        photo = job.photo
        Stylization.objects.filter(pk=job.pk).update(
            photo_file=photo.file.name,
            photo_width=photo.width,
            photo_height=photo.height,
            before=photo.before.name,
            before_width=photo.before_width,
            before_height=photo.before_height,
            photo=None,
        )
    apps.get_model("stylizer", "Photo").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [('stylizer', '0004_photo')]

    operations = [migrations.RunPython(make_photos, give_back)]

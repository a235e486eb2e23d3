"""Fill the columns for sorting and searching of works that were saved before there were any."""

from django.db import migrations
from django.db.models import F

from gallery.search_text import fold, searchable

BATCH = 500


def fill(apps, schema_editor):
    artworks = apps.get_model("gallery", "Artwork").objects.using(schema_editor.connection.alias)
    # An administrator could publish without a date; lists are sorted by it.
    artworks.filter(is_public=True, published_at=None).update(published_at=F("created_at"))
    batch = []
    for artwork in artworks.filter(search_text="").select_related("style", "owner").iterator(chunk_size=BATCH):
        artwork.title_key = fold(artwork.title)
        artwork.search_text = searchable(
            artwork.title, artwork.style.name, artwork.style.artist, artwork.owner.username
        )
        batch.append(artwork)
        if len(batch) == BATCH:
            artworks.bulk_update(batch, ["title_key", "search_text"])
            batch = []
    artworks.bulk_update(batch, ["title_key", "search_text"])


class Migration(migrations.Migration):
    dependencies = [("gallery", "0003_gallery_product")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

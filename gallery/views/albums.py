"""Albums: one's own, each with the works in it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery, UUIDField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from gallery.forms import AlbumForm, BulkForm
from gallery.models import Album, AlbumEntry
from gallery.orders import ALBUM_ORDER
from gallery.views.access import own_album
from gallery.views.lists import page_at, render_page
from stylizer.signed_in import signed_in


@require_safe
@login_required
def albums(request: HttpRequest) -> HttpResponse:
    """The visitor's albums by name, each with its latest picture."""
    return _albums_page(request, AlbumForm())


def _albums_page(request: HttpRequest, form: AlbumForm) -> HttpResponse:
    entries = AlbumEntry.objects.filter(album=OuterRef("pk"), artwork__trashed_at__isnull=True)
    latest = entries.order_by("-added_at", "-id").values("artwork")[:1]
    own = Album.objects.visible_to(request.user).annotate(latest=Subquery(latest, UUIDField()))[: BulkForm.MAX_ALBUMS]
    keys = {album.pk: album.latest for album in own}  # type: ignore[attr-defined]  # annotated above
    covers = signed_in(request).artworks.in_bulk(keys.values())
    context = {"form": form, "albums": [(album, covers.get(keys[album.pk])) for album in own]}
    return render(request, "gallery/albums.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def create_album(request: HttpRequest) -> HttpResponse:
    """Make an empty album."""
    form = AlbumForm(request.POST, instance=Album(owner=signed_in(request)))
    if not form.is_valid():
        return _albums_page(request, form)
    album = form.save()
    messages.success(request, f"“{album}” is made. Choose pictures in your gallery to put into it.")
    return redirect(album)


@require_safe
@login_required
def album(request: HttpRequest, pk: int) -> HttpResponse:
    """The works of one of the visitor's albums, latest added first."""
    shown = own_album(request, pk)
    entries = shown.entries.filter(artwork__trashed_at__isnull=True)
    page = page_at(request, entries, ALBUM_ORDER)
    context = {"album": shown, "form": AlbumForm(instance=shown), "by_line": "date", "selectable": True}
    return render_page(request, "gallery/album.html", page, context)


@require_POST
@login_required
def rename_album(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an album another name."""
    shown = own_album(request, pk)
    form = AlbumForm(request.POST, instance=shown)
    if form.is_valid():
        form.save()
    else:
        for error in form.errors.get("name", []):
            messages.error(request, str(error))
    return redirect("gallery:album", pk=pk)


@require_POST
@login_required
def delete_album(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an album and none of its works."""
    own_album(request, pk).delete()
    messages.success(request, "Album deleted. Its pictures are still in your gallery.")
    return redirect("gallery:albums")

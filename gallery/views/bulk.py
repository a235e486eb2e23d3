"""Doing one thing to many of one's own works, and to those in the trash."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from gallery.albums import add_to_album, move_to_album, take_out
from gallery.archive import zip_response
from gallery.forms import BulkForm, TrashForm
from gallery.models import Artwork, ArtworkQuerySet
from gallery.orders import TRASH_ORDER
from gallery.publishing import make_private, publish
from gallery.trash import delete_for_good, move_to_trash, restore
from gallery.views.lists import page_at, render_page
from stylizer.signed_in import signed_in


@require_POST
@login_required
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Publish, make private, download, put into an album or the trash. What is not the visitor's own stays as it is."""
    form = BulkForm(request.POST, user=signed_in(request))
    if not form.is_valid():
        return _refused(request, form, "gallery:mine")
    chosen: ArtworkQuerySet = form.cleaned_data["artworks"]
    album = form.cleaned_data["album"]
    match form.cleaned_data["verb"]:
        case "download":
            return zip_response(chosen.order_by("-created_at"))
        case "publish":
            _say_published(request, publish(chosen), chosen.filter(hidden_at__isnull=False).count())
        case "private":
            _say(request, make_private(chosen), "is private now", "are private now")
        case "add":
            _say(request, add_to_album(album, chosen), f"is in “{album}” now", f"are in “{album}” now")
        case "move":
            _say(request, move_to_album(album, chosen), f"moved to “{album}”", f"moved to “{album}”")
        case "take-out":
            _say(request, take_out(album, chosen), f"taken out of “{album}”", f"taken out of “{album}”")
        case "delete":
            _say(request, move_to_trash(chosen), "moved to the trash", "moved to the trash")
    return _back(request, "gallery:mine")


@require_safe
@login_required
def trash(request: HttpRequest) -> HttpResponse:
    """What the visitor deleted, latest first."""
    rows = Artwork.objects.trashed_by(request.user).for_tiles()
    page = page_at(request, rows, TRASH_ORDER)
    context = {"by_line": "trash", "selectable": True, "trash_days": settings.EASEL_TRASH_DAYS}
    return render_page(request, "gallery/trash.html", page, context)


@require_POST
@login_required
def trash_bulk(request: HttpRequest) -> HttpResponse:
    """Restore from the trash, or delete for good: what was chosen, or all of it."""
    form = TrashForm(request.POST, user=signed_in(request))
    if not form.is_valid():
        return _refused(request, form, "gallery:trash")
    chosen: ArtworkQuerySet = form.cleaned_data["artworks"]
    match form.cleaned_data["verb"]:
        case "restore":
            _say(request, restore(chosen), "restored", "restored")
        case "delete":
            _say(request, delete_for_good(chosen).artworks, "deleted for good", "deleted for good")
        case "empty":
            everything = Artwork.objects.trashed_by(request.user)
            _say(request, delete_for_good(everything).artworks, "deleted for good", "deleted for good")
    return redirect("gallery:trash")


def _say(request: HttpRequest, count: int, one: str, many: str) -> None:
    messages.success(request, f"{count} picture{pluralize(count)} {one if count == 1 else many}.")


def _say_published(request: HttpRequest, count: int, hidden: int) -> None:
    if count or not hidden:
        _say(request, count, "is public now", "are public now")
    if hidden:
        messages.error(request, f"{hidden} that staff hid cannot be published. The page of each says why.")


def _refused(request: HttpRequest, form: BulkForm | TrashForm, address: str) -> HttpResponse:
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
    return _back(request, address)


def _back(request: HttpRequest, address: str) -> HttpResponse:
    """Return to the list that the form stood on, where it says which."""
    wanted = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if allowed else reverse(address))

"""One work: its page, its pictures, and what its owner does with it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from gallery.forms import LinkForm, PublishForm, StarForm, TitleForm
from gallery.models import Artwork
from gallery.publishing import make_private
from gallery.publishing import publish as publish_artworks
from gallery.saving import save_artwork
from gallery.starring import star as give_star
from gallery.starring import unstar
from gallery.thumbnails import large_thumbnail
from gallery.trash import move_to_trash
from gallery.views.access import own_artwork, visible_artwork, visible_files
from stylizer.files import picture_response
from stylizer.finishing import chosen_finishing, keep_finishing
from stylizer.models import Stylization
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in


@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One artwork, to whoever may see it."""
    artwork = visible_artwork(request, pk)
    is_owner = artwork.owner_id == request.user.pk
    context = {
        "artwork": artwork,
        "is_owner": is_owner,
        "has_starred": request.user.is_authenticated and artwork.stars.filter(user=request.user).exists(),
        "has_reported": request.user.is_authenticated and artwork.reports.filter(reporter=request.user).exists(),
    }
    if is_owner:
        context |= {
            "links": artwork.links.all(),
            "link_form": LinkForm(),
            "albums": artwork.albums.filter(owner=artwork.owner_id),
        }
    return render(request, "gallery/detail.html", context)


@require_safe
def file(request: HttpRequest, pk: uuid.UUID, kind: str) -> HttpResponseBase:
    """A picture of an artwork, to whoever may see the artwork."""
    return artwork_picture(request, visible_files(request, pk), kind)


def artwork_picture(request: HttpRequest, artwork: Artwork, kind: str) -> HttpResponseBase:
    """Return a picture of a work that the caller has checked the visitor may see.

    Raises:
        Http404: there is no such picture.
    """
    name = f"{slugify(artwork.title) or 'painting'}{artwork.suffix}" if "download" in request.GET else ""
    match kind:
        case "image":
            return picture_response(artwork.image, download_as=name)
        case "thumbnail":
            return picture_response(artwork.thumbnail, download_as=name)
        case "thumbnail-large":
            return picture_response(large_thumbnail(artwork), download_as=name)
    raise Http404


@require_POST
@login_required
def save(request: HttpRequest, job: uuid.UUID) -> HttpResponse:
    """Keep the result of one of the visitor's own jobs, finished as the form says where it says so."""
    jobs = Stylization.objects.visible_to(request.user).select_related("style", "photo")
    stylization = get_object_or_404(jobs, pk=job)
    try:
        if stylization.master:
            keep_finishing(stylization, chosen_finishing(stylization, request.POST))
        artwork = save_artwork(stylization)
    except Rejected as error:
        messages.error(request, error.detail)
        return redirect(stylization)
    messages.success(request, "Saved to your gallery. Only you can see it until you publish it.")
    return redirect(artwork)


@require_POST
@login_required
def rename(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give an own artwork another title."""
    artwork = own_artwork(request, pk)
    form = TitleForm(request.POST, instance=artwork)
    if form.is_valid():
        artwork.save(update_fields=["title"])
    else:
        messages.error(request, "A title needs 1 to 120 characters.")
    return redirect("gallery:detail", pk=pk)


@require_POST
@login_required
def publish(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show an own artwork to everybody, or stop showing it."""
    artwork = own_artwork(request, pk)
    form = PublishForm(request.POST)
    this = Artwork.objects.owned_by(request.user).filter(pk=pk)
    if not form.is_valid():
        messages.error(request, "Choose public or private.")
    elif not form.cleaned_data["is_public"]:
        make_private(this)
        linked = any(not link.is_expired for link in artwork.links.all())
        messages.success(
            request, "Only you and whoever has a link to it can see it now." if linked else "Only you can see it now."
        )
    elif publish_artworks(this):
        messages.success(request, "Published: everybody can see it now.")
    else:
        messages.error(request, "Staff hid this picture, so it cannot be published. Its page says why.")
    return redirect(artwork)


@require_POST
@login_required
def star(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a star to a work that the visitor may see, or take it back."""
    artwork = visible_artwork(request, pk)
    form = StarForm(request.POST)
    if artwork.is_trashed:
        raise Http404
    if form.is_valid():
        (give_star if form.cleaned_data["starred"] else unstar)(signed_in(request), artwork)
    if getattr(request, "htmx", False):
        artwork.refresh_from_db(fields=["star_count"])
        has_starred = artwork.stars.filter(user=signed_in(request)).exists()
        return render(request, "gallery/_star.html", {"artwork": artwork, "has_starred": has_starred})
    return redirect(artwork)


@require_POST
@login_required
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Move an own artwork to the trash."""
    own_artwork(request, pk)
    move_to_trash(Artwork.objects.owned_by(request.user).filter(pk=pk))
    messages.success(request, "Moved to the trash, where you can restore it.")
    return redirect("gallery:mine")

"""The gallery's pages: access, then form, then verb, then redirect."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from gallery.forms import PublishForm, TitleForm
from gallery.models import Artwork, ArtworkQuerySet
from gallery.saving import save_artwork
from stylizer.files import delete_files, picture_response
from stylizer.models import Stylization
from stylizer.rejections import Rejected

ARTWORKS_PER_PAGE = 24


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """What people published."""
    return _grid(request, Artwork.objects.public().order_by("-published_at", "-id"), "gallery/public.html")


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What the visitor saved."""
    return _grid(request, Artwork.objects.owned_by(request.user), "gallery/mine.html")


def _grid(request: HttpRequest, artworks: ArtworkQuerySet, template: str) -> HttpResponse:
    page = Paginator(artworks.select_related("style", "owner"), ARTWORKS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, template, {"page_obj": page, "is_paginated": page.has_other_pages()})


@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One artwork, to its owner or, once published, to everybody."""
    artwork = _visible_artwork(request, pk)
    return render(request, "gallery/detail.html", {"artwork": artwork, "is_owner": artwork.owner_id == request.user.pk})


@require_safe
def file(request: HttpRequest, pk: uuid.UUID, kind: str) -> FileResponse:
    """A picture of an artwork, to whoever may see the artwork."""
    artwork = _visible_artwork(request, pk)
    pictures = {"image": artwork.image, "thumbnail": artwork.thumbnail}
    if kind not in pictures:
        raise Http404
    name = f"{slugify(artwork.title) or 'painting'}{artwork.suffix}" if "download" in request.GET else ""
    return picture_response(pictures[kind], download_as=name)


@require_POST
@login_required
def save(request: HttpRequest, job: uuid.UUID) -> HttpResponse:
    """Keep the result of one of the visitor's own jobs."""
    stylization = get_object_or_404(Stylization.objects.visible_to(request.user).select_related("style"), pk=job)
    try:
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
    artwork = _own_artwork(request, pk)
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
    artwork = _own_artwork(request, pk)
    form = PublishForm(request.POST)
    if form.is_valid():
        artwork.is_public = form.cleaned_data["is_public"]
        artwork.published_at = timezone.now() if artwork.is_public else None
        artwork.save(update_fields=["is_public", "published_at"])
        messages.success(
            request, "Published: everybody can see it now." if artwork.is_public else "Only you can see it now."
        )
    else:
        messages.error(request, "Choose public or private.")
    return redirect(artwork)


@require_POST
@login_required
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Remove an own artwork with its files."""
    artwork = _own_artwork(request, pk)
    files = (artwork.image, artwork.thumbnail)
    with transaction.atomic():
        artwork.delete()
        transaction.on_commit(lambda: delete_files(*files))
    messages.success(request, "Deleted.")
    return redirect("gallery:mine")


def _visible_artwork(request: HttpRequest, pk: uuid.UUID) -> Artwork:
    return get_object_or_404(Artwork.objects.visible_to(request.user).select_related("style", "owner"), pk=pk)


def _own_artwork(request: HttpRequest, pk: uuid.UUID) -> Artwork:
    return get_object_or_404(Artwork.objects.owned_by(request.user), pk=pk)

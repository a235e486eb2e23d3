"""Unlisted links: a work for whoever has its address, until the link ends."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from gallery.forms import LinkForm
from gallery.models import Artwork, UnlistedLink
from gallery.unlisted_links import create_link as make_link
from gallery.views.access import own_artwork
from gallery.views.artworks import artwork_picture
from stylizer.rejections import Rejected


@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The work a link leads to, to anybody."""
    artwork = get_object_or_404(Artwork.objects.visible_through(token).select_related("style", "owner"))
    response = render(request, "gallery/link.html", {"artwork": artwork, "token": token})
    response["Cache-Control"] = "private, no-store"  # taken back is taken back
    _keep_secret(response)
    return response


@require_safe
def link_file(request: HttpRequest, token: str, kind: str) -> HttpResponseBase:
    """A picture of the work a link leads to, to anybody."""
    response = artwork_picture(request, get_object_or_404(Artwork.objects.visible_through(token).for_files()), kind)
    response["Cache-Control"] = "private, max-age=300"
    _keep_secret(response)
    return response


def _keep_secret(response: HttpResponseBase) -> None:
    """Let neither search engines nor the sites one goes to next learn the address."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"


@require_POST
@login_required
def create_link(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a link to an own work."""
    artwork = own_artwork(request, pk)
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose how long the link should last.")
    elif artwork.is_hidden:
        messages.error(request, "Staff hid this picture, so a link would lead nowhere. Its page says why.")
    else:
        try:
            make_link(artwork, form.cleaned_data["lifetime"])
        except Rejected as error:
            messages.error(request, error.detail)
        else:
            messages.success(request, "The link is made. Whoever has it can see this picture.")
    return redirect(f"{artwork.get_absolute_url()}#links")


@require_POST
@login_required
def revoke_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a link to an own work back; it leads nowhere from now on."""
    revoked = get_object_or_404(UnlistedLink.objects.filter(artwork__in=Artwork.objects.owned_by(request.user)), pk=pk)
    artwork = revoked.artwork
    revoked.delete()
    messages.success(request, "The link is removed and leads nowhere any more.")
    return redirect(f"{artwork.get_absolute_url()}#links")

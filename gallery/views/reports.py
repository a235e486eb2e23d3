"""Telling staff about a public work."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from gallery.forms import ReportForm
from gallery.models import Artwork
from gallery.reporting import report as send_report
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def report(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Report somebody else's public work, with a reason."""
    others = Artwork.objects.public().exclude(owner=signed_in(request))
    artwork = get_object_or_404(others.select_related("style", "owner"), pk=pk)
    form = ReportForm(request.POST or None)
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            send_report(signed_in(request), artwork, **form.cleaned_data)
        except Rejected as error:
            form.add_error(None, error.detail)
            status = error.status
        else:
            messages.success(request, "Thank you. Staff will look at it.")
            return redirect(artwork)
    return render(request, "gallery/report.html", {"artwork": artwork, "form": form}, status=status)

"""The studio and the pages of a job: access, then form, then verb, then redirect."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from stylizer import job_lifecycle
from stylizer.deletion import delete_job
from stylizer.estimates import Line
from stylizer.files import picture_response
from stylizer.forms import StudioForm, choices_of
from stylizer.models import Status, Style, Stylization
from stylizer.rejections import Rejected
from stylizer.seen import mark_seen
from stylizer.wake import wake_worker

JOBS_PER_PAGE = 24


@login_required
def studio(request: HttpRequest) -> HttpResponse:
    """Choose photo, style and what else there is to choose; queue the job."""
    assert request.user.is_authenticated  # noqa: S101  # login_required, said to the type checker
    if request.method == "POST":
        form = StudioForm(request.POST, request.FILES, user=request.user)
        if form.is_valid() and (jobs := form.save()):
            return redirect(jobs[0].batch or jobs[0])
        earlier = _earlier_job(request, request.POST.get("photo_from", ""))
        photos = list(form.cleaned_data.get("photo_id") or [])
        if earlier and not photos and not request.FILES:
            photos = [earlier.photo]
    else:
        earlier = _earlier_job(request, request.GET.get("from", ""))
        photos = [earlier.photo] if earlier else []
        initial = choices_of(earlier) if earlier else _choices_like(request)
        if "style" in request.GET:
            initial["style"] = request.GET["style"]
        form = StudioForm(user=request.user, initial=initial)
    context = {
        "form": form,
        "styles": Style.objects.published(),
        "photo_from": earlier,
        "photos": photos,
        "several_styles": "several" in request.GET or len(form.chosen_styles) > 1,
        "limits": {
            "max_upload_mb": settings.EASEL_MAX_UPLOAD_BYTES // 1_000_000,
            "max_megapixels": settings.EASEL_MAX_PHOTO_PIXELS // 1_000_000,
        },
    }
    response = render(request, "stylizer/studio.html", context, status=400 if form.errors else 200)
    if form.refusal is not None and form.refusal.retry_after is not None:
        response.status_code = form.refusal.status
        response["Retry-After"] = str(form.refusal.retry_after)
    return response


def _choices_like(request: HttpRequest) -> dict[str, Any]:
    """Return the choices of the earlier job that the address names, for another photo."""
    job = _earlier_job(request, request.GET.get("like", ""))
    return {name: value for name, value in choices_of(job).items() if name != "photo_from"} if job else {}


def _earlier_job(request: HttpRequest, pk: str) -> Stylization | None:
    try:
        return (
            Stylization.objects.visible_to(request.user)
            .select_related("style", "photo")
            .filter(pk=uuid.UUID(pk))
            .first()
        )
    except ValueError:
        return None


@require_safe
@login_required
def history(request: HttpRequest) -> HttpResponse:
    """All jobs of the visitor, newest first."""
    jobs = Stylization.objects.visible_to(request.user).select_related("style", "photo", "batch", "artwork")
    page = Paginator(jobs, JOBS_PER_PAGE).get_page(request.GET.get("page"))
    mark_seen(*page)
    return render(request, "stylizer/history.html", {"page_obj": page, "is_paginated": page.has_other_pages()})


@require_safe
@login_required
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One job: waiting, in work, or before and after."""
    job = own_job(request, pk)
    mark_seen(job)
    return render(request, "stylizer/detail.html", _job_context(job))


@require_GET
@login_required
def status(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The part of a job's page that changes; asks for a whole page when the job has ended."""
    job = own_job(request, pk)
    response = render(request, "stylizer/_status.html", _job_context(job))
    if job.is_finished:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@login_required
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop a job that waits or is in work."""
    job = own_job(request, pk)
    if not job_lifecycle.cancel(job):
        messages.info(request, "This painting had ended already.")
    return redirect(job)


@require_POST
@login_required
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Queue a failed or cancelled job again."""
    job = own_job(request, pk)
    try:
        if job_lifecycle.try_again(job):
            wake_worker(job.queue)
        else:
            messages.info(request, "Only a failed or cancelled painting can be tried again.")
    except Rejected as refusal:
        messages.error(request, refusal.detail)
    return redirect(job)


@require_POST
@login_required
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Remove a job with its files; a saved copy in the gallery stays."""
    delete_job(own_job(request, pk))
    messages.success(request, "Deleted.")
    return redirect("stylizer:history")


@require_safe
@login_required
def file(request: HttpRequest, pk: uuid.UUID, kind: str) -> HttpResponseBase:
    """A picture of a job, to its owner only. The upload itself is never served, only re-encoded copies."""
    job = own_job(request, pk)
    pictures = {"before": job.photo.before, "result": job.result, "thumbnail": job.thumbnail}
    if kind not in pictures:
        raise Http404
    name = f"{job.style.slug}-{job.created_at:%Y%m%d-%H%M%S}{job.suffix}" if "download" in request.GET else ""
    return picture_response(pictures[kind], download_as=name)


@require_safe
def style_preview(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The picture of a published style, or of a retired one for its old works, to everybody."""
    style = get_object_or_404(Style.objects.presentable(), slug=slug)
    return picture_response(style.preview, public=True)


def own_job(request: HttpRequest, pk: uuid.UUID) -> Stylization:
    """Return one of the visitor's own jobs.

    Raises:
        Http404: they have none of this id; not 403, for whether somebody else's exists is nobody's business.
    """
    return get_object_or_404(
        Stylization.objects.visible_to(request.user).select_related("style", "photo", "batch", "owner"), pk=pk
    )


def _job_context(job: Stylization) -> dict[str, Any]:
    line = Line()
    return {
        "job": job,
        "place": line.place(job),
        "eta_seconds": line.eta_seconds(job),
        "styles": Style.objects.published().exclude(pk=job.style_id) if job.status == Status.SUCCEEDED else [],
        # gallery.Artwork points here with related_name="artwork"; this app does not import that one.
        "artwork": getattr(job, "artwork", None) if job.status == Status.SUCCEEDED else None,
    }

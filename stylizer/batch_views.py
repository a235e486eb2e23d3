"""The page of a batch, and what can be done with all of it: access, then verb, then redirect."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from stylizer import job_lifecycle
from stylizer.batch_progress import BatchProgress
from stylizer.batch_zip import zip_response
from stylizer.models import Batch, Status, Stylization
from stylizer.models.stylization import StylizationQuerySet
from stylizer.rejections import Rejected
from stylizer.seen import mark_seen
from stylizer.wake import wake_worker


@require_safe
@login_required
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """All paintings of a batch, filling in as they are done."""
    return render(request, "stylizer/batch.html", _context(_own_batch(request, pk)))


@require_safe
@login_required
def status(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The part of the page that changes."""
    return render(request, "stylizer/_batch_status.html", _context(_own_batch(request, pk)))


@require_POST
@login_required
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop whatever of the batch waits or is in work; what is painted stays."""
    batch = _own_batch(request, pk)
    count = sum(job_lifecycle.cancel(job) for job in _jobs(batch).active())
    messages.info(request, f"{count} cancelled." if count else "All of it had ended already.")
    return redirect(batch)


@require_POST
@login_required
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Queue the failed ones again."""
    batch = _own_batch(request, pk)
    with transaction.atomic():
        count, refusals = 0, set()
        for job in _jobs(batch).filter(status=Status.FAILED):
            try:
                if job_lifecycle.try_again(job):
                    wake_worker(job.queue)
                    count += 1
            except Rejected as refusal:  # its style is not offered any more
                refusals.add(refusal.detail)
    for detail in sorted(refusals):
        messages.error(request, detail)
    if not count and not refusals:
        messages.info(request, "None of them has failed.")
    return redirect(batch)


@require_safe
@login_required
def download(request: HttpRequest, pk: uuid.UUID) -> HttpResponse | StreamingHttpResponse:
    """Every painting of the batch so far, as a ZIP."""
    batch = _own_batch(request, pk)
    jobs = list(_jobs(batch).filter(status=Status.SUCCEEDED))
    if not jobs:
        messages.info(request, "Nothing of it is painted yet.")
        return redirect(batch)
    mark_seen(*jobs)
    return zip_response(jobs, f"easel-{batch.created_at:%Y%m%d-%H%M%S}.zip")


def _own_batch(request: HttpRequest, pk: uuid.UUID) -> Batch:
    # 404 and not 403: whether somebody else's batch exists is nobody's business.
    return get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)


def _jobs(batch: Batch) -> StylizationQuerySet:
    jobs: StylizationQuerySet = Stylization.objects.filter(batch=batch)
    return jobs.select_related("style", "photo").order_by("created_at", "pk")


def _context(batch: Batch) -> dict[str, Any]:
    jobs = list(_jobs(batch))
    mark_seen(*jobs)  # they are on this page, whether or not each is opened
    progress = BatchProgress(jobs)
    return {"batch": batch, "progress": progress, "eta_seconds": progress.eta_seconds}

"""The REST API: styles and jobs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from stylizer import job_lifecycle
from stylizer.api.conditional import Conditional
from stylizer.api.file_answers import stored_file
from stylizer.api.filters import StylizationFilters
from stylizer.api.finished_picture import finished_picture
from stylizer.api.idempotency import idempotent
from stylizer.api.job_events import job_events
from stylizer.api.prefer import wait_as_preferred
from stylizer.api.serializers import StyleSerializer, StylizationSerializer
from stylizer.api.stylization_description import describe_styles, describe_stylizations
from stylizer.api.wanted import read_wanted
from stylizer.deletion import delete_job
from stylizer.estimates import Line
from stylizer.finishing import chosen_finishing, keep_finishing
from stylizer.models import Status, Style, Stylization
from stylizer.rejections import Rejected
from stylizer.seen import mark_seen
from stylizer.wake import wake_worker

SOON = 2
"""Seconds after which to look again, where nobody knows how long it takes."""


@describe_styles
class StyleViewSet(Conditional, viewsets.ReadOnlyModelViewSet[Style]):
    """The published styles, to everybody."""

    queryset = Style.objects.published()
    serializer_class = StyleSerializer
    permission_classes = (AllowAny,)
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]+"  # a NUL would be an error of the database
    ordering = ("position", "name")

    @action(detail=True, methods=["get"])
    def preview(self, request: Request, slug: str | None = None) -> HttpResponseBase:
        """Return a photo painted in the style, a JPEG."""
        # A retired style's too, for the works that were painted in it.
        return stored_file(request, get_object_or_404(Style.objects.presentable(), slug=slug).preview, public=True)


@describe_stylizations
class StylizationViewSet(
    Conditional,
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Stylization],
):
    """The caller's own jobs; anybody else's are 404."""

    serializer_class = StylizationSerializer
    throttle_scope = "create"
    filterset_class = StylizationFilters
    ordering_fields = ("created_at",)

    def get_queryset(self) -> QuerySet[Stylization]:
        """Return the caller's jobs."""
        return Stylization.objects.visible_to(self.request.user).select_related("style", "photo", "batch")

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the line that places and times are told from: one for all jobs of a list."""
        return {**super().get_serializer_context(), "line": Line()}

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue one photo: ``photo``, a file or an id, ``style`` (slug) and what :mod:`stylizer.paint_choices` reads.

        Answers 202 with the job, or with ``Prefer: wait`` 201 with the job when it has ended in time.
        """
        wanted = read_wanted(request)
        if wanted.count > 1:
            raise Rejected("more_than_one", "This makes one painting. Send several as a batch.")
        (job,) = wanted.enqueue(request)
        has_ended, headers = wait_as_preferred(request, [job])
        if headers:  # time has passed
            job = self.get_queryset().get(pk=job.pk)
        data = self.get_serializer(job).data
        headers["Location"] = str(data["url"])
        if has_ended:
            return Response(data, status=status.HTTP_201_CREATED, headers=headers)
        headers["Retry-After"] = str(data["eta_seconds"] or SOON)
        return Response(data, status=status.HTTP_202_ACCEPTED, headers=headers)

    def perform_destroy(self, instance: Stylization) -> None:
        """Delete a job with its files, whatever its state; a saved copy in the gallery stays."""
        delete_job(instance)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Stop a job that waits or is in work; 409 when it has ended."""
        job = self.get_object()
        if not job_lifecycle.cancel(job):
            raise Rejected("already_finished", "This job has ended already.", status=409)
        return self._as_it_is_now(job)

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Queue a failed or cancelled job again; 409 when it is in another state or its style is offered no more."""
        job = self.get_object()
        if not job_lifecycle.try_again(job):
            raise Rejected("not_failed", "Only a failed or cancelled job can be tried again.", status=409)
        wake_worker(job.queue)
        return self._as_it_is_now(job)

    @action(detail=True, methods=["get"])
    def result(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return the painting, finished as the query says; 404 until there is one."""
        job = self.get_object()
        mark_seen(job)
        return finished_picture(request, job)

    @action(detail=True, methods=["post"])
    def keep(self, request: Request, pk: str | None = None) -> Response:
        """Make other choices of finishing the painting's own: strength, keep_colors, format and quality."""
        job = self.get_object()
        if job.status != Status.SUCCEEDED:
            raise Rejected("not_finished", "There is no painting yet.", status=409)
        if not isinstance(request.data, dict):
            raise Rejected("invalid", "Send a form, or a JSON object.")
        keep_finishing(job, chosen_finishing(job, request.data))
        return self._as_it_is_now(job)

    @action(detail=True, methods=["get"])
    def thumbnail(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return a small copy of the painting, a WebP; 404 until there is one."""
        job = self.get_object()
        if job.status != Status.SUCCEEDED:
            raise Http404
        return stored_file(request, job.thumbnail)

    @action(detail=True, methods=["get"])
    def events(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Tell what becomes of the job, as it happens: server-sent events."""
        return job_events(request, self.get_object())

    def _as_it_is_now(self, job: Stylization) -> Response:
        job.refresh_from_db()
        return Response(self.get_serializer(job).data)

"""The REST API: several photos or styles at once."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from stylizer import job_lifecycle
from stylizer.api.batch_description import describe_batches
from stylizer.api.batch_serializers import BatchDetailSerializer, BatchSerializer, with_counts
from stylizer.api.conditional import Conditional
from stylizer.api.filters import BatchFilters
from stylizer.api.idempotency import idempotent
from stylizer.api.job_events import batch_events
from stylizer.api.prefer import wait_as_preferred
from stylizer.api.views import SOON
from stylizer.api.wanted import read_wanted
from stylizer.batch_zip import zip_response
from stylizer.deletion import delete_job
from stylizer.estimates import Line
from stylizer.models import Batch, Status, Stylization
from stylizer.models.stylization import StylizationQuerySet
from stylizer.rejections import Rejected
from stylizer.seen import mark_seen
from stylizer.wake import wake_worker


@describe_batches
class BatchViewSet(
    Conditional,
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Batch],
):
    """The caller's own batches; anybody else's are 404."""

    throttle_scope = "create"
    filterset_class = BatchFilters
    ordering_fields = ("created_at",)

    def get_queryset(self) -> QuerySet[Batch]:
        """Return the caller's batches."""
        return with_counts(Batch.objects.visible_to(self.request.user))

    def get_serializer_class(self) -> type[BaseSerializer[Batch]]:
        """Return what lists a batch's jobs, except in a list of batches."""
        return BatchSerializer if self.action == "list" else BatchDetailSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the line that places and times are told from."""
        return {**super().get_serializer_context(), "line": Line()}

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue every ``photo`` in every ``style``, both given one or more times, all with the same choices.

        Answers 202, or with ``Prefer: wait`` 201 when all of it has ended in time.
        """
        wanted = read_wanted(request)
        if wanted.count == 1 and (wanted.uploads or wanted.photo_ids):
            raise Rejected("batch_too_small", "A batch is two paintings or more. Send one as a stylization.")
        jobs = wanted.enqueue(request)
        batch = jobs[0].batch
        assert batch is not None  # noqa: S101  # several jobs have one
        has_ended, headers = wait_as_preferred(request, jobs)
        data = self._as_it_is_now(batch)
        headers["Location"] = str(data["url"])
        if has_ended:
            return Response(data, status=status.HTTP_201_CREATED, headers=headers)
        eta = max((job["eta_seconds"] or 0 for job in data["stylizations"]), default=0)
        headers["Retry-After"] = str(eta or SOON)
        return Response(data, status=status.HTTP_202_ACCEPTED, headers=headers)

    def perform_destroy(self, instance: Batch) -> None:
        """Delete a batch with all of its jobs, whatever their state; saved copies in the gallery stay."""
        for job in _jobs(instance):
            delete_job(job)
        Batch.objects.filter(pk=instance.pk).delete()  # one that was empty

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Stop whatever of it waits or is in work; what is painted stays. 409 when all of it had ended."""
        batch = self.get_object()
        if not sum(job_lifecycle.cancel(job) for job in _jobs(batch).active()):
            raise Rejected("already_finished", "All of this batch has ended already.", status=409)
        return Response(self._as_it_is_now(batch))

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Queue the failed ones again; 409 when none has failed or the style is offered no more."""
        batch = self.get_object()
        refusal, count = Rejected("not_failed", "None of this batch has failed.", status=409), 0
        for job in _jobs(batch).filter(status=Status.FAILED):
            try:
                if job_lifecycle.try_again(job):
                    wake_worker(job.queue)
                    count += 1
            except Rejected as error:  # its style is offered no more; others' may be
                refusal = error
        if not count:
            raise refusal
        return Response(self._as_it_is_now(batch))

    @action(detail=True, methods=["get"], url_path="zip", url_name="zip")
    def archive(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return every painting of it so far, as a ZIP; 409 while there is none."""
        batch = self.get_object()
        jobs = list(_jobs(batch).filter(status=Status.SUCCEEDED))
        if not jobs:
            raise Rejected("nothing_painted", "Nothing of this batch is painted.", status=409)
        mark_seen(*jobs)
        return zip_response(jobs, f"easel-{batch.created_at:%Y%m%d-%H%M%S}.zip")

    @action(detail=True, methods=["get"])
    def events(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Tell what becomes of it, as it happens: server-sent events."""
        return batch_events(request, self.get_object())

    def _as_it_is_now(self, batch: Batch) -> dict[str, Any]:
        return dict(self.get_serializer(self.get_queryset().get(pk=batch.pk)).data)


def _jobs(batch: Batch) -> StylizationQuerySet:
    jobs: StylizationQuerySet = Stylization.objects.filter(batch=batch)
    return jobs.select_related("style", "photo").order_by("created_at", "pk")

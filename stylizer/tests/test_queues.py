"""Which job goes to which worker: large ones to a GPU, batches aside, and what nobody serves to whoever is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from stylizer import job_lifecycle, tasks
from stylizer.enqueue import enqueue_all
from stylizer.estimates import Line
from stylizer.models import Queue, Style, StyleIntake, Stylization, WorkerHeartbeat
from stylizer.models.style_intake import IntakeKind
from stylizer.paint_choices import DEFAULTS
from stylizer.queues import clusters_to_wake, served_by
from stylizer.tests import pictures
from stylizer.tests.queue_messages import clusters_of, forget_messages
from stylizer.wake import wake_for_intake, wake_worker, wake_workers

pytestmark = pytest.mark.django_db
QueuePhoto = Callable[..., Stylization]


def live(*queues: str) -> None:
    now = timezone.now()
    for number, queue in enumerate(queues):
        WorkerHeartbeat.objects.create(worker=f"host-{number}:1", queue=queue, started_at=now, beat_at=now)


def in_queue(job: Stylization, queue: str) -> Stylization:
    Stylization.objects.filter(pk=job.pk).update(queue=queue)
    job.refresh_from_db()
    return job


def test_a_large_painting_waits_for_a_gpu_and_a_photo_alone_for_no_batch(
    alice: User, queue_photo: QueuePhoto, settings
) -> None:
    settings.EASEL_GPU_PIXELS = 1_000_000
    small, large = queue_photo(alice, size=512), queue_photo(alice, pictures.jpeg(64, 64), size=1001)
    assert (small.queue, large.queue) == (Queue.CPU, Queue.GPU)
    fine = queue_photo(alice, pictures.jpeg(64, 64), size=600, brush=0.5)
    assert fine.queue == Queue.GPU, "what counts is what the network paints"


@pytest.mark.parametrize(("size", "queue"), [(512, Queue.LONG), (1200, Queue.GPU)])
def test_a_batch_waits_in_the_long_queue_and_its_large_paintings_do_not(
    alice: User, style: Style, make_style, settings, size: int, queue: Queue
) -> None:
    settings.EASEL_GPU_PIXELS = 1_000_000
    upload = SimpleUploadedFile("photo.jpg", pictures.jpeg(64, 64), "image/jpeg")
    jobs = enqueue_all(alice, [upload], [], [style, make_style("other")], dataclasses.replace(DEFAULTS, size=size))
    assert [job.queue for job in jobs] == [queue, queue]


@pytest.mark.parametrize(
    ("living", "own", "taken"),
    [
        ((), "cpu", {"cpu", "gpu", "long"}),
        (("cpu",), "cpu", {"cpu", "gpu", "long"}),
        (("cpu", "gpu"), "cpu", {"cpu", "long"}),
        (("cpu", "gpu"), "gpu", {"gpu", "long"}),
        (("gpu",), "gpu", {"cpu", "gpu", "long"}),
        (("cpu", "gpu", "long"), "long", {"long"}),
        (("cpu", "long"), "gpu", {"gpu"}),  # its own beat is still to come
    ],
)
def test_a_worker_takes_its_own_and_what_nobody_serves(living, own: str, taken: set[str]) -> None:
    assert served_by(own, living) == taken


@pytest.mark.parametrize(
    ("living", "queue", "woken"),
    [
        ((), "gpu", ["easel"]),
        (("cpu",), "gpu", ["easel"]),
        (("cpu", "gpu"), "gpu", ["easel-gpu"]),
        (("cpu", "gpu"), "cpu", ["easel"]),
        (("cpu", "gpu"), "long", ["easel", "easel-gpu"]),
        (("long",), "cpu", ["easel-long"]),
    ],
)
def test_those_are_woken_who_may_take_it(living, queue: str, woken: list[str]) -> None:
    live(*living)
    assert clusters_to_wake(queue) == woken


def test_messages_go_to_the_queues_of_the_jobs(django_capture_on_commit_callbacks) -> None:
    live("cpu", "gpu", "long")
    forget_messages()
    with django_capture_on_commit_callbacks(execute=True):
        wake_workers(["gpu", "cpu", "gpu"])
        wake_worker("long")
        wake_for_intake()
    assert clusters_of("stylizer.tasks.paint_next") == ["easel", "easel-gpu", "easel-gpu", "easel-long"]
    assert clusters_of("stylizer.tasks.take_in_next") == ["easel-long"]
    forget_messages()


def test_a_worker_paints_nothing_of_a_queue_that_another_serves(
    alice: User, noise, queue_photo: QueuePhoto, settings
) -> None:
    live("cpu", "gpu")
    settings.EASEL_QUEUE = "gpu"
    job = queue_photo(alice, style=noise)
    assert tasks.paint_next() is None
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("queued", 0)
    batch_job = in_queue(queue_photo(alice, style=noise), "long")
    assert tasks.paint_next() == str(batch_job.pk), "which nobody serves"
    WorkerHeartbeat.objects.filter(queue="cpu").delete()
    assert tasks.paint_next() == str(job.pk), "and this one neither, now"


def test_turns_are_taken_within_the_queues_that_a_worker_serves(
    alice: User, charlie: User, queue_photo: QueuePhoto
) -> None:
    first, large, other = queue_photo(alice), in_queue(queue_photo(alice), "gpu"), queue_photo(charlie)
    claimed = [job_lifecycle.claim("w", ["cpu", "long"]) for _ in range(3)]
    assert claimed == [first, other, None]
    assert job_lifecycle.claim("w", ["gpu"]) == large


def test_a_style_is_checked_where_the_long_queue_is_served(alice: User, settings) -> None:
    live("cpu", "long")
    intake = StyleIntake.objects.create(kind=IntakeKind.NEW, requested_by=alice)
    assert tasks.take_in_next() is None
    intake.refresh_from_db()
    assert intake.attempts == 0


def test_the_sweep_wakes_everybody_who_may_take_what_waits(
    alice: User, queue_photo: QueuePhoto, django_capture_on_commit_callbacks
) -> None:
    live("cpu", "gpu")
    for queue in ("cpu", "gpu", "long"):
        in_queue(queue_photo(alice), queue)
    forget_messages()
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.sweep() == 3
    assert clusters_of("stylizer.tasks.paint_next") == ["easel", "easel", "easel-gpu", "easel-gpu"]
    forget_messages()


def test_places_and_times_count_those_that_the_same_workers_do(
    alice: User, charlie: User, queue_photo: QueuePhoto
) -> None:
    jobs = [queue_photo(alice), in_queue(queue_photo(charlie), "gpu"), queue_photo(charlie)]
    assert [Line().place(job) for job in jobs] == [1, 2, 3]
    live("cpu", "gpu")
    assert [Line().place(job) for job in jobs] == [1, 1, 2]


def test_what_somebody_waits_for_elsewhere_does_not_put_them_behind(
    alice: User, charlie: User, queue_photo: QueuePhoto
) -> None:
    live("cpu", "gpu")
    for _ in range(3):
        in_queue(queue_photo(charlie), "gpu")
    first, third, second = queue_photo(alice), queue_photo(alice), queue_photo(charlie)
    line = [first, second, third]
    assert [Line().place(job) for job in line] == [1, 2, 3]
    assert [job_lifecycle.claim("w", ["cpu", "long"]) for _ in line] == line

"""Place in the queue and time to go, from what was measured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stylizer import job_lifecycle
from stylizer.estimates import SAMPLE, Line, Speeds
from stylizer.models import Photo, Style, Stylization
from stylizer.tests import pictures


def place_in_line(job: Stylization) -> int | None:
    return Line().place(job)


def eta_seconds(job: Stylization) -> int | None:
    return Line().eta_seconds(job)


def seconds_per_megapixel() -> float | None:
    return Speeds().of(Style.objects.get())


def painted_by(style: Style, engine: str, precision: str) -> Style:
    style.engine, style.precision = engine, precision
    style.save()
    return style


pytestmark = pytest.mark.django_db
Queue = Callable[..., Stylization]


@pytest.fixture
def took(alice: User, queue_photo: Queue) -> Callable[[float], Stylization]:
    """Return a function that adds a job of one megapixel that took so many seconds."""

    def add(seconds: float) -> Stylization:
        job = queue_photo(alice)
        now = timezone.now()
        Stylization.objects.filter(pk=job.pk).update(status="succeeded", seconds=seconds, finished_at=now, size=None)
        Photo.objects.filter(pk=job.photo_id).update(width=1000, height=1000)
        return job

    return add


def test_places_are_counted_by_age_over_everybody(alice: User, charlie: User, queue_photo: Queue) -> None:
    jobs = [queue_photo(owner) for owner in (alice, charlie, alice)]
    assert [place_in_line(job) for job in jobs] == [1, 2, 3]
    running = job_lifecycle.claim("worker")
    assert running == jobs[0]
    assert [place_in_line(running), place_in_line(jobs[1]), place_in_line(jobs[2])] == [None, 1, 2]
    job_lifecycle.cancel(jobs[1])
    assert place_in_line(jobs[2]) == 1


def test_nothing_is_promised_before_anything_was_measured(alice: User, queue_photo: Queue) -> None:
    assert seconds_per_megapixel() is None
    assert eta_seconds(queue_photo(alice)) is None


def test_speed_is_the_mean_of_the_latest(took) -> None:
    old = took(1000)
    Stylization.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=1))
    for seconds in [2, 4] * (SAMPLE // 2):
        took(seconds)
    assert seconds_per_megapixel() == pytest.approx(3)


def test_failed_ones_say_nothing_of_the_speed(took) -> None:
    took(10)
    Stylization.objects.filter(pk=took(1000).pk).update(status="failed")
    assert seconds_per_megapixel() == pytest.approx(10)


def test_time_to_go_counts_those_before_and_what_is_done(
    alice: User, charlie: User, queue_photo: Queue, took, settings
) -> None:
    settings.EASEL_WORKERS = 1
    took(100)  # seconds a megapixel
    square = pictures.jpeg(64, 64)
    first, second, third = (queue_photo(owner, square, size=1000) for owner in (alice, charlie, alice))
    assert [eta_seconds(job) for job in (first, second, third)] == [100, 200, 300]

    Stylization.objects.filter(pk=first.pk).update(status="running", progress=75)
    first.refresh_from_db()
    assert [eta_seconds(job) for job in (first, second, third)] == [25, 125, 225]

    settings.EASEL_WORKERS = 2
    assert eta_seconds(third) == round(100 + 125 / 2)


def test_size_decides_the_time(alice: User, queue_photo: Queue, took, settings) -> None:
    took(100)
    job = queue_photo(alice, pictures.jpeg(96, 48), size=2000)
    assert job.painted_pixels == 2000 * 1000
    assert eta_seconds(job) == 200
    small = queue_photo(alice, pictures.jpeg(96, 48), size=None)
    assert small.painted_pixels == 96 * 48


def test_the_brush_decides_the_time(alice: User, queue_photo: Queue, took) -> None:
    """What counts is what the network sees: more for a fine brush, less for a broad one, whatever the strength."""
    took(100)
    square = pictures.jpeg(64, 64)
    for choices, seconds in (({}, 100), ({"brush": 0.5}, 400), ({"brush": 2.0}, 25), ({"strength": 0.0}, 100)):
        job = queue_photo(alice, square, size=1000, **choices)
        assert eta_seconds(job) == seconds, choices
        job_lifecycle.cancel(job)


def test_the_speed_is_that_of_what_was_painted(alice: User, queue_photo: Queue, took) -> None:
    Stylization.objects.filter(pk=took(40).pk).update(brush=0.5)
    Stylization.objects.filter(pk=took(1).pk).update(strength=0)
    assert seconds_per_megapixel() == pytest.approx(10)


def test_there_is_always_a_second_to_go_and_none_at_the_end(alice: User, queue_photo: Queue, took) -> None:
    done = took(0.001)
    done.refresh_from_db()
    assert eta_seconds(done) is None
    assert eta_seconds(queue_photo(alice)) == 1


def test_the_speed_is_that_of_the_style_in_its_engine_else_of_the_engine_else_of_all(
    alice: User, queue_photo: Queue, took, make_style
) -> None:
    fast = painted_by(make_style("fast"), "native", "int8")
    sibling = painted_by(make_style("sibling"), "native", "int8")
    other = painted_by(make_style("other"), "torch", "float32")
    for style, engine, precision, seconds in (
        (fast, "native", "int8", 2),
        (fast, "torch", "float32", 50),  # before the engine changed
        (make_style("third"), "native", "int8", 4),
        (make_style("fourth"), "openvino", "float32", 8),
    ):
        Stylization.objects.filter(pk=took(seconds).pk).update(style=style, engine=engine, precision=precision)
    speeds = Speeds()
    assert speeds.of(fast) == pytest.approx(2)
    assert speeds.of(sibling) == pytest.approx((2 + 4) / 2)
    assert speeds.of(other) == pytest.approx(50)
    Stylization.objects.filter(engine="torch").delete()
    assert Speeds().of(other) == pytest.approx((2 + 4 + 8) / 3)


def test_those_before_count_with_the_speed_of_their_own_style(
    alice: User, queue_photo: Queue, took, make_style, settings
) -> None:
    settings.EASEL_WORKERS = 1
    slow = painted_by(make_style("slow"), "torch", "float32")
    took(10)
    Stylization.objects.filter(pk=took(100).pk).update(style=slow, engine="torch", precision="float32")
    square = pictures.jpeg(64, 64)
    first, second = queue_photo(alice, square, size=1000, style=slow), queue_photo(alice, square, size=1000)
    assert [eta_seconds(first), eta_seconds(second)] == [100, 110]


def test_somebody_with_many_photos_does_not_push_the_others_back(
    alice: User, charlie: User, queue_photo: Queue
) -> None:
    batch = [queue_photo(alice) for _ in range(4)]
    late = queue_photo(charlie)
    assert [place_in_line(job) for job in (batch[0], late, *batch[1:])] == [1, 2, 3, 4, 5]
    claimed = [job_lifecycle.claim("worker") for _ in range(2)]
    assert claimed == [batch[0], late], "workers choose as was said"


def test_however_many_wait_it_takes_as_many_queries(
    alice: User, queue_photo: Queue, took, django_assert_num_queries
) -> None:
    took(1)
    jobs = [queue_photo(alice) for _ in range(6)]
    for asked in (jobs[:1], jobs):
        line = Line()
        with django_assert_num_queries(4):
            for job in asked:
                line.place(job)
                line.eta_seconds(job)

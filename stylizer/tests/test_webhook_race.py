"""Workers that end the last jobs of a batch at the same moment tell of the batch's end once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection

from stylizer import job_lifecycle
from stylizer.models import Batch, Event, Stylization, Webhook, WebhookDelivery

JOBS, ROUNDS = 4, 3


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_batch_is_told_once(alice: User, queue_photo: Callable[..., Stylization]) -> None:
    hook = Webhook(owner=alice, target_url="https://93.184.216.34/", events=Event.values)
    hook.renew_secret()
    hook.save()
    for number in range(ROUNDS):
        batch = Batch.objects.create(owner=alice, name=f"Round {number}")
        jobs = [queue_photo(alice) for _ in range(JOBS)]
        Stylization.objects.filter(pk__in=[job.pk for job in jobs]).update(batch=batch)
        start = threading.Barrier(JOBS)
        problems: list[Exception] = []

        def end(job: Stylization, start: threading.Barrier = start, problems: list[Exception] = problems) -> None:
            try:
                start.wait()
                assert job_lifecycle.cancel(job)
            except Exception as error:
                problems.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=end, args=[job]) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        told = WebhookDelivery.objects.filter(event=Event.BATCH_FINISHED)
        assert told.count() == number + 1
    assert WebhookDelivery.objects.filter(event=Event.CANCELLED).count() == ROUNDS * JOBS

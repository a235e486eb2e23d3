"""Messages to receivers: written with the job's end, signed, tried again, given up in the end."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from stylizer import job_lifecycle, tasks
from stylizer.catalog_upkeep import tidy_catalog
from stylizer.models import Batch, Event, Stylization, Webhook, WebhookDelivery
from stylizer.tests.queue_messages import forget_messages, messages
from stylizer.tests.receiver import Answered, Receiver, receiving
from stylizer.webhooks.deliver import MAX_ATTEMPTS, delay_after

pytestmark = pytest.mark.django_db
Queue = Callable[..., Stylization]
Finish = Callable[[Stylization], Stylization]


@pytest.fixture(autouse=True)
def intranet(settings) -> None:
    settings.EASEL_WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def hook(alice: User, receiver: Receiver) -> Webhook:
    """Alice's, for everything."""
    return make_hook(alice, receiver.url())


def make_hook(owner: User, url: str, events: list[str] = Event.values) -> Webhook:
    made = Webhook(owner=owner, target_url=url, events=events)
    made.renew_secret()
    made.save()
    return made


def make_due() -> None:
    """Let the time pass that a delivery waits before it is tried again."""
    WebhookDelivery.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())


def test_a_painted_job_is_told_signed(hook: Webhook, receiver: Receiver, alices_job: Stylization) -> None:
    assert tasks.send_webhooks() == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status_code, delivery.answer) == ("delivered", 200, "thank you")
    (request,) = receiver.received
    assert request.path == "/hook?a=b"
    assert request.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Easel-Event"] == "stylization.succeeded"
    assert request.headers["Easel-Delivery"] == str(delivery.pk)
    told = json.loads(request.body)
    assert (told["id"], told["event"]) == (str(delivery.pk), "stylization.succeeded")
    assert told["data"] == {
        "type": "stylization",
        "id": str(alices_job.pk),
        "path": f"/api/v1/stylizations/{alices_job.pk}/",
        "status": "succeeded",
        "style": "waves",
        "batch": None,
        "error": None,
        "finished_at": alices_job.finished_at.isoformat().replace("+00:00", "Z"),
    }
    timestamp, _, digest = request.headers["Easel-Signature"].removeprefix("t=").partition(",v1=")
    assert abs(int(timestamp) - timezone.now().timestamp()) < 300
    signed = timestamp.encode() + b"." + request.body
    assert digest == hmac.new(hook.signing_secret.encode(), signed, hashlib.sha256).hexdigest()


def test_a_receiver_that_is_down_for_two_attempts_gets_it_on_the_third(alice: User, alices_photo_ends: Finish) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    hook = make_hook(alice, f"http://127.0.0.1:{port}/hook")
    alices_photo_ends()
    for attempt in (1, 2):
        before = timezone.now()
        assert tasks.send_webhooks() == 1
        delivery = WebhookDelivery.objects.get()
        assert (delivery.state, delivery.attempts, delivery.error_code) == ("pending", attempt, "no_answer")
        assert delivery.next_attempt_at >= before + delay_after(attempt)
        assert tasks.send_webhooks() == 0, "not before it is due"
        make_due()
    with receiving() as receiver:
        Webhook.objects.filter(pk=hook.pk).update(target_url=receiver.url())
        assert tasks.send_webhooks() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.error_code) == ("delivered", 3, "")
    assert [request.body.decode() for request in receiver.received] == [delivery.body]


@pytest.fixture
def alices_photo_ends(alice: User, queue_photo: Queue, finish: Finish) -> Callable[..., Stylization]:
    """Return a function that brings a new job of Alice's to its end."""
    return lambda: finish(queue_photo(alice))


def test_an_answer_other_than_200_to_299_is_tried_again(hook: Webhook, receiver: Receiver, alices_photo_ends) -> None:
    receiver.answers = [Answered(500, b"x" * 5000), Answered(404), Answered(204, b"")]
    alices_photo_ends()
    for status, code, kept in ((500, "not_accepted", 1024), (404, "not_accepted", 9), (204, "", 0)):
        make_due()
        tasks.send_webhooks()
        delivery = WebhookDelivery.objects.get()
        assert (delivery.status_code, delivery.error_code, len(delivery.answer)) == (status, code, kept)
    assert delivery.state == "delivered"


def test_what_never_goes_through_is_given_up_and_its_webhook_switched_off(
    hook: Webhook, receiver: Receiver, alices_photo_ends
) -> None:
    receiver.answers = [Answered(503)] * MAX_ATTEMPTS
    alices_photo_ends()
    for _ in range(MAX_ATTEMPTS + 2):
        make_due()
        tasks.send_webhooks()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.next_attempt_at) == ("failed", MAX_ATTEMPTS, None)
    hook.refresh_from_db()
    assert not hook.is_active
    assert hook.disabled_at
    assert "10 attempts" in hook.disabled_reason
    alices_photo_ends()
    assert WebhookDelivery.objects.count() == 1, "what is off is told nothing"


def test_one_message_that_never_goes_through_does_not_switch_off_a_receiver_that_takes_others(
    hook: Webhook, receiver: Receiver, alices_photo_ends
) -> None:
    alices_photo_ends()
    WebhookDelivery.objects.update(attempts=MAX_ATTEMPTS - 1)
    refused = WebhookDelivery.objects.get()
    alices_photo_ends()
    WebhookDelivery.objects.exclude(pk=refused.pk).update(state="delivered", delivered_at=timezone.now())
    receiver.answers = [Answered(400)]
    tasks.send_webhooks()
    refused.refresh_from_db()
    hook.refresh_from_db()
    assert (refused.state, hook.is_active) == ("failed", True)


def test_a_receiver_that_is_gone_is_not_asked_again(hook: Webhook, receiver: Receiver, alices_photo_ends) -> None:
    receiver.answers = [Answered(410)]
    alices_photo_ends()
    tasks.send_webhooks()
    hook.refresh_from_db()
    assert (WebhookDelivery.objects.get().state, hook.is_active) == ("failed", False)


def test_a_receiver_that_is_down_costs_one_attempt_and_not_one_a_message(
    hook: Webhook, receiver: Receiver, alices_photo_ends
) -> None:
    for _ in range(3):
        alices_photo_ends()
    receiver.answers = [Answered(503)]
    assert tasks.send_webhooks() == 1
    assert tasks.send_webhooks() == 0
    first = WebhookDelivery.objects.get(attempts=1)
    WebhookDelivery.objects.filter(pk=first.pk).update(
        next_attempt_at=timezone.now(), attempted_at=timezone.now() - timedelta(minutes=2)
    )
    assert tasks.send_webhooks() == 3, "it answers again, so all that waited goes out"
    assert {delivery.state for delivery in WebhookDelivery.objects.all()} == {"delivered"}


def test_each_end_has_its_event_and_only_those_asked_for_are_told(
    alice: User, charlie: User, receiver: Receiver, queue_photo: Queue
) -> None:
    wants_failures = make_hook(alice, receiver.url(path="/failures"), [Event.FAILED])
    make_hook(alice, receiver.url(path="/all"))
    make_hook(charlie, receiver.url(path="/charlie"))
    queue_photo(alice)
    assert job_lifecycle.fail(job_lifecycle.claim("easel"), "out_of_memory", "Too large.")
    job_lifecycle.cancel(queue_photo(alice))
    told = {(row.webhook.target_url[-4:], row.event) for row in WebhookDelivery.objects.select_related("webhook")}
    assert told == {("/all", "stylization.failed"), ("/all", "stylization.cancelled"), ("ures", "stylization.failed")}
    said = json.loads(wants_failures.deliveries.get().body)["data"]["error"]
    assert said == {"code": "out_of_memory", "detail": "Too large."}


def test_a_job_whose_workers_died_is_told_as_failed(hook: Webhook, alice: User, queue_photo: Queue) -> None:
    job = queue_photo(alice)
    job_lifecycle.claim("easel")
    Stylization.objects.update(attempts=3, lease_expires_at=timezone.now() - timedelta(seconds=1))
    job_lifecycle.reap()
    delivery = WebhookDelivery.objects.get()
    assert delivery.event == "stylization.failed"
    assert json.loads(delivery.body)["data"]["id"] == str(job.pk)


def test_a_batch_is_told_once_when_the_last_of_it_has_ended(
    hook: Webhook, alice: User, queue_photo: Queue, finish: Finish
) -> None:
    batch = Batch.objects.create(owner=alice, name="Two")
    jobs = [queue_photo(alice), queue_photo(alice)]
    Stylization.objects.update(batch=batch)
    finish(jobs[0])
    told = WebhookDelivery.objects.filter(event=Event.BATCH_FINISHED)
    assert not told.exists(), "one of it still waits"
    jobs[1].refresh_from_db()
    job_lifecycle.cancel(jobs[1])
    data = json.loads(told.get().body)["data"]
    assert data | {"succeeded": 1, "failed": 0, "cancelled": 1, "id": str(batch.pk), "name": "Two"} == data


def test_the_message_and_the_jobs_end_are_certain_together(hook: Webhook, alice: User, queue_photo: Queue) -> None:
    job = queue_photo(alice)
    with transaction.atomic():
        assert job_lifecycle.cancel(job)
        assert WebhookDelivery.objects.count() == 1
        transaction.set_rollback(True)
    job.refresh_from_db()
    assert (job.status, WebhookDelivery.objects.count()) == ("queued", 0)


def test_a_worker_is_woken_and_the_sweep_wakes_another_when_that_message_is_lost(
    hook: Webhook, alice: User, queue_photo: Queue, django_capture_on_commit_callbacks
) -> None:
    job = queue_photo(alice)
    with django_capture_on_commit_callbacks(execute=True):
        job_lifecycle.cancel(job)
    assert messages() == ["stylizer.tasks.send_webhooks"]
    forget_messages()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep()
    assert messages() == ["stylizer.tasks.send_webhooks"]


def test_a_delivery_whose_worker_died_is_sent_by_another(hook: Webhook, receiver: Receiver, alices_photo_ends) -> None:
    alices_photo_ends()
    claimed = WebhookDelivery.objects.all()
    claimed.update(attempts=1, attempted_at=timezone.now(), next_attempt_at=timezone.now() + timedelta(minutes=1))
    assert tasks.send_webhooks() == 0, "the other may still be sending"
    make_due()
    assert tasks.send_webhooks() == 1
    assert WebhookDelivery.objects.get().state == "delivered"


def test_a_secret_that_cannot_be_read_any_more_switches_the_webhook_off(
    hook: Webhook, receiver: Receiver, alices_photo_ends, settings
) -> None:
    settings.SECRET_KEY, earlier = "another key, not the one from before", settings.SECRET_KEY
    alices_photo_ends()
    tasks.send_webhooks()
    assert (WebhookDelivery.objects.get().error_code, receiver.received) == ("secret_unreadable", [])
    hook.refresh_from_db()
    assert not hook.is_active
    settings.SECRET_KEY_FALLBACKS = [earlier]
    assert hook.signing_secret.startswith("whsec_")


def test_the_secret_is_not_in_the_database(hook: Webhook) -> None:
    stored = json.dumps(list(Webhook.objects.values()), default=str)
    assert hook.signing_secret not in stored
    assert hook.signing_secret.removeprefix("whsec_") not in stored


def test_old_deliveries_are_removed(hook: Webhook, alices_photo_ends) -> None:
    alices_photo_ends()
    alices_photo_ends()
    old = WebhookDelivery.objects.first()
    WebhookDelivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    tidy_catalog()
    assert WebhookDelivery.objects.exclude(pk=old.pk).count() == WebhookDelivery.objects.count() == 1

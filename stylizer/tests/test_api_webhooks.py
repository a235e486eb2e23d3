"""Webhooks by the API: registering, the secret that is shown once, testing, the log, sending again."""

from __future__ import annotations

import uuid
from ipaddress import ip_network
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from stylizer import tasks
from stylizer.api.webhook_views import MAX_WEBHOOKS
from stylizer.models import Event, Stylization, Webhook, WebhookDelivery
from stylizer.tests.receiver import receiving

pytestmark = pytest.mark.django_db
HOOKS = "/api/v1/webhooks/"
PUBLIC = "https://93.184.216.34/hooks"


@pytest.fixture(autouse=True)
def forget_throttles(db: None) -> None:
    cache.clear()


@pytest.fixture
def hook(alices_program: Client) -> dict[str, Any]:
    """One of Alice's, as it was answered when it was made."""
    response = send(alices_program, "post", HOOKS, target_url=PUBLIC, events=["stylization.succeeded"])
    assert response.status_code == 201, response.json()
    return response.json()


def send(client: Client, method: str, address: str, **body: Any) -> Any:
    return getattr(client, method)(address, body, content_type="application/json")


def test_the_secret_is_answered_once(alices_program: Client, hook: dict[str, Any]) -> None:
    assert hook["secret"].startswith("whsec_")
    assert len(hook["secret"]) > 40
    response = alices_program.get(hook["url"])
    assert response.json() == {name: value for name, value in hook.items() if name != "secret"}
    assert "secret" not in alices_program.get(HOOKS).content.decode()
    assert Webhook.objects.get().signing_secret == hook["secret"]


def test_making_one_says_where_it_is_and_is_not_kept_by_caches(alices_program: Client) -> None:
    response = send(alices_program, "post", HOOKS, target_url=PUBLIC, events=["batch.finished"])
    assert response["Location"] == response.json()["url"]
    assert response["Cache-Control"] == "no-store"


def test_a_new_secret_replaces_the_earlier_one(alices_program: Client, hook: dict[str, Any]) -> None:
    response = alices_program.post(f"{hook['url']}rotate-secret/")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json()["secret"] == Webhook.objects.get().signing_secret != hook["secret"]


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"target_url": "https://127.0.0.1/"}, "target_url"),
        ({"target_url": "https://169.254.169.254/latest/"}, "target_url"),
        ({"target_url": "https://localhost/"}, "target_url"),
        ({"target_url": "http://93.184.216.34/"}, "target_url"),
        ({"target_url": "https://u:p@93.184.216.34/"}, "target_url"),
        ({"target_url": "no address"}, "target_url"),
        ({"target_url": "https://93.184.216.34/\0"}, "target_url"),
        ({"target_url": None}, "target_url"),
        ({"events": []}, "events"),
        ({"events": ["stylization.exploded"]}, "events"),
        ({"events": "stylization.failed"}, "events"),
        ({"events": ["batch.finished"] * 50}, "events"),
        ({"is_active": "perhaps"}, "is_active"),
    ],
)
def test_what_cannot_be_is_refused_when_made_and_when_changed(
    fields: dict[str, Any], at_fault: str, alices_program: Client, hook: dict[str, Any]
) -> None:
    good = {"target_url": PUBLIC, "events": ["batch.finished"]}
    for response in (
        send(alices_program, "post", HOOKS, **good | fields),
        send(alices_program, "patch", hook["url"], **fields),
    ):
        assert response.status_code == 400
        assert list(response.json()["error"]["fields"]) == [at_fault]
    assert Webhook.objects.values("target_url").get() == {"target_url": PUBLIC}


def test_what_is_not_the_callers_to_write_stays(
    alices_program: Client, alice: User, charlie: User, hook: dict[str, Any]
) -> None:
    before = Webhook.objects.values().get()
    response = send(
        alices_program,
        "patch",
        hook["url"],
        owner=charlie.pk,
        id=str(uuid.uuid4()),
        secret="whsec_mine",
        sealed_secret="mine",
        disabled_reason="mine",
        created_at="2001-01-01T00:00:00Z",
    )
    assert response.status_code == 200
    assert Webhook.objects.values().get() == before


def test_it_can_be_changed_and_switched_off_and_on(alices_program: Client, hook: dict[str, Any]) -> None:
    changed = send(alices_program, "patch", hook["url"], events=["batch.finished", "batch.finished"], is_active=False)
    assert (changed.json()["events"], changed.json()["is_active"]) == (["batch.finished"], False)
    Webhook.objects.update(disabled_at=timezone.now(), disabled_reason="It was down.")
    again = send(alices_program, "patch", hook["url"], is_active=True).json()
    assert (again["is_active"], again["disabled_at"], again["disabled_reason"]) == (True, None, "")
    assert send(alices_program, "put", hook["url"], target_url=PUBLIC, events=[]).status_code == 405


def test_there_is_an_end_to_how_many(alices_program: Client) -> None:
    for _ in range(MAX_WEBHOOKS):
        assert send(alices_program, "post", HOOKS, target_url=PUBLIC, events=["batch.finished"]).status_code == 201
    response = send(alices_program, "post", HOOKS, target_url=PUBLIC, events=["batch.finished"])
    assert (response.status_code, response.json()["error"]["code"]) == (409, "too_many_webhooks")
    assert Webhook.objects.count() == MAX_WEBHOOKS


def test_a_test_message_goes_the_way_of_every_other(alices_program: Client, settings) -> None:
    settings.EASEL_WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiving() as receiver:
        hook = send(alices_program, "post", HOOKS, target_url=receiver.url(), events=["batch.finished"]).json()
        response = alices_program.post(f"{hook['url']}test/")
        assert response.status_code == 202
        assert response.json()["state"] == "pending"
        assert tasks.send_webhooks() == 1
    delivery = alices_program.get(response["Location"]).json()
    assert (delivery["event"], delivery["state"], delivery["status_code"]) == ("ping", "delivered", 200)
    assert [request.headers["Easel-Event"] for request in receiver.received] == ["ping"]
    assert receiver.received[0].body.decode() == delivery["body"]


def test_messages_are_not_sent_by_hand_without_end(alices_program: Client, hook: dict[str, Any]) -> None:
    statuses = [alices_program.post(f"{hook['url']}test/").status_code for _ in range(21)]
    assert statuses == [202] * 20 + [429]
    assert WebhookDelivery.objects.count() == 20


def test_the_log_tells_how_each_went_and_sends_again(
    alices_program: Client, hook: dict[str, Any], alices_job: Stylization
) -> None:
    (entry,) = alices_program.get(hook["deliveries_url"]).json()["results"]
    assert (entry["event"], entry["state"], entry["error"]) == ("stylization.succeeded", "pending", None)
    again = f"{entry['url']}redeliver/"
    waiting = alices_program.post(again)
    assert (waiting.status_code, waiting.json()["error"]["code"]) == (409, "not_sent_yet")
    WebhookDelivery.objects.update(state="failed", attempts=10, next_attempt_at=None, error_code="no_answer")
    response = alices_program.post(again)
    assert (response.status_code, response["Location"]) == (202, entry["url"])
    told = response.json()
    assert (told["state"], told["attempts"], told["error"]["code"]) == ("pending", 0, "no_answer")
    assert told["next_attempt_at"]


def test_what_is_off_is_neither_tested_nor_sent_again(
    alices_program: Client, hook: dict[str, Any], alices_job: Stylization
) -> None:
    entry = alices_program.get(hook["deliveries_url"]).json()["results"][0]
    WebhookDelivery.objects.update(state="failed")
    send(alices_program, "patch", hook["url"], is_active=False)
    for address in (f"{hook['url']}test/", f"{entry['url']}redeliver/"):
        response = alices_program.post(address)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "webhook_off")


def test_deleting_it_deletes_its_log(alices_program: Client, hook: dict[str, Any], alices_job: Stylization) -> None:
    assert WebhookDelivery.objects.exists()
    assert alices_program.delete(hook["url"]).status_code == 204
    assert not WebhookDelivery.objects.exists()
    assert alices_program.get(hook["url"]).status_code == 404


def test_one_hooks_log_does_not_show_anothers(
    alices_program: Client, hook: dict[str, Any], alices_job: Stylization
) -> None:
    other = send(alices_program, "post", HOOKS, target_url=PUBLIC, events=["batch.finished"]).json()
    assert alices_program.get(other["deliveries_url"]).json()["results"] == []
    delivery = WebhookDelivery.objects.get()
    assert alices_program.get(f"{other['deliveries_url']}{delivery.pk}/").status_code == 404
    for wrong in ("1", "no-id", "%00", uuid.uuid4()):
        assert alices_program.get(f"{HOOKS}{wrong}/").status_code == 404
        assert alices_program.get(f"{HOOKS}{wrong}/deliveries/").status_code == 404


def test_a_token_that_may_only_look_makes_none(alice: User, hook: dict[str, Any]) -> None:
    _, token = ApiToken.issue(alice, days=1, scopes=["read"])
    reader = Client(headers={"authorization": f"Token {token}"})
    assert reader.get(hook["url"]).status_code == 200
    for method, address in (
        ("post", HOOKS),
        ("patch", hook["url"]),
        ("delete", hook["url"]),
        ("post", f"{hook['url']}rotate-secret/"),
        ("post", f"{hook['url']}test/"),
    ):
        assert send(reader, method, address, target_url=PUBLIC, events=list(Event)).status_code == 403, address
    assert Webhook.objects.count() == 1

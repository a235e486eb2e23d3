"""Sending what is due, noting how it went, and trying again later: 1, 2, 4 … minutes.

A delivery is claimed by a conditional UPDATE that makes it due again in a minute, so one whose worker died is sent by
another. A receiver may therefore get a message twice; its ``Easel-Delivery`` tells.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from stylizer.models import DeliveryState, WebhookDelivery
from stylizer.rejections import Rejected
from stylizer.stopping import is_stopping
from stylizer.webhooks.post import Answer, NoAnswer, post
from stylizer.webhooks.sealed_secret import Unreadable
from stylizer.webhooks.signature import signature
from stylizer.webhooks.targets import Resolver, check_target, system_resolver

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
"""Over eight and a half hours."""
TIME_FOR_A_TASK = 30
"""Seconds after which a worker does something else first."""
KEPT = timedelta(days=30)
"""How long it can be read how a delivery went."""
_LEASE = timedelta(minutes=1)
_GONE = 410


def deliver_due(resolver: Resolver = system_resolver) -> int:
    """Send what is due until nothing is, or the time of a task is over; return how many attempts that were."""
    started, count = time.monotonic(), 0
    while time.monotonic() - started < TIME_FOR_A_TASK and not is_stopping() and (delivery := _claim()) is not None:
        _attempt(delivery, resolver)
        count += 1
    return count


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return timedelta(minutes=2 ** (attempts - 1))


def prune_deliveries() -> int:
    """Delete the deliveries that are older than they are kept; return how many."""
    return WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def _claim() -> WebhookDelivery | None:
    while (key := WebhookDelivery.objects.due().values_list("pk", flat=True).first()) is not None:
        now = timezone.now()
        won = WebhookDelivery.objects.filter(pk=key, state=DeliveryState.PENDING, next_attempt_at__lte=now).update(
            attempts=F("attempts") + 1, next_attempt_at=now + _LEASE, attempted_at=now
        )
        claimed = WebhookDelivery.objects.select_related("webhook").filter(pk=key).first() if won else None
        if claimed is not None:
            return claimed
    return None


def _attempt(delivery: WebhookDelivery, resolver: Resolver) -> None:
    started = time.monotonic()
    delivery.status_code, delivery.answer = None, ""
    delivery.error_code = delivery.error_detail = ""
    try:
        answer = _send(delivery, resolver)
    except Unreadable:
        delivery.error_code = "secret_unreadable"
        delivery.error_detail = "The secret was kept under another SECRET_KEY. Make a new one for this webhook."
    except Rejected as refusal:
        delivery.error_code, delivery.error_detail = refusal.code, refusal.detail
    except NoAnswer as error:
        delivery.error_code, delivery.error_detail = "no_answer", str(error)
    except Exception:  # whatever it is, it must not be tried for ever
        logger.exception("webhook delivery %s", delivery.pk)
        delivery.error_code, delivery.error_detail = "internal_error", "It failed for a reason of the server's."
    else:
        delivery.status_code, delivery.answer = answer.status, answer.beginning
        if not 200 <= answer.status < 300:
            delivery.error_code, delivery.error_detail = _judge(answer.status)
    delivery.seconds = time.monotonic() - started
    _note(delivery)


def _send(delivery: WebhookDelivery, resolver: Resolver) -> Answer:
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Easel-Webhooks/1",
        "Easel-Event": delivery.event,
        "Easel-Delivery": str(delivery.pk),
        "Easel-Signature": signature(delivery.webhook.signing_secret, int(time.time()), body),
    }
    return post(check_target(delivery.webhook.target_url, resolver), headers, body)


def _judge(status: int) -> tuple[str, str]:
    if 300 <= status < 400:
        return "redirected", f"The receiver answered {status}. Redirects are not followed: give the final address."
    return "not_accepted", f"The receiver answered {status}; a message counts as received with 200 to 299."


def _note(delivery: WebhookDelivery) -> None:
    now = timezone.now()
    hopeless = delivery.status_code == _GONE or delivery.error_code == "secret_unreadable"
    values = {name: getattr(delivery, name) for name in ("status_code", "answer", "error_code", "error_detail")}
    values["seconds"] = delivery.seconds
    # The count of attempts tells whether it is still this worker's.
    held = WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, attempts=delivery.attempts)
    waiting = WebhookDelivery.objects.filter(webhook=delivery.webhook_id, state=DeliveryState.PENDING)
    with transaction.atomic():
        if not delivery.error_code:
            held.update(**values, state=DeliveryState.DELIVERED, delivered_at=now, next_attempt_at=None)
            # It answers again: what waits for it goes out now, but for what another worker is sending.
            waiting.exclude(attempted_at__gt=now - _LEASE).filter(next_attempt_at__gt=now).update(next_attempt_at=now)
        elif hopeless or delivery.attempts >= MAX_ATTEMPTS:
            if held.update(**values, state=DeliveryState.FAILED, next_attempt_at=None):
                _disable_if_dead(delivery, at_once=hopeless)
        else:
            later = now + delay_after(delivery.attempts)
            held.update(**values, next_attempt_at=later)
            # A receiver that is down or slow costs one attempt now, and not one for each message that waits for it.
            waiting.filter(next_attempt_at__lt=later).update(next_attempt_at=later)
    if delivery.error_code:
        logger.info("webhook delivery %s, attempt %d: %s", delivery.pk, delivery.attempts, delivery.error_code)


def _disable_if_dead(delivery: WebhookDelivery, *, at_once: bool) -> None:
    accepted_since = WebhookDelivery.objects.filter(webhook=delivery.webhook_id, delivered_at__gte=delivery.created_at)
    if at_once or not accepted_since.exists():
        delivery.webhook.disable(f"Switched off after {delivery.attempts} attempts. {delivery.error_detail}")

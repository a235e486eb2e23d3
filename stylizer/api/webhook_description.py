"""What the API's description says of webhooks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from stylizer.api.openapi import answered, sent
from stylizer.api.problems import problem
from stylizer.api.webhook_serializers import DeliverySerializer, WebhookSerializer, WebhookWithSecretSerializer

_URL = "https://easel.example.org/api/v1/webhooks/5c4f0a1e-3b1a-4c55-9a53-1c7d0f3f5b10/"
_ASKED = {"target_url": "https://hooks.example.org/easel", "events": ["stylization.succeeded", "batch.finished"]}
_HOOK: dict[str, Any] = _ASKED | {
    "id": "5c4f0a1e-3b1a-4c55-9a53-1c7d0f3f5b10",
    "url": _URL,
    "is_active": True,
    "disabled_at": None,
    "disabled_reason": "",
    "created_at": "2026-05-04T10:15:00.120000Z",
    "deliveries_url": f"{_URL}deliveries/",
}
_WITH_SECRET = _HOOK | {"secret": "whsec_…"}
_DELIVERY: dict[str, Any] = {
    "id": "b8d4a7c2-0f2e-4f0c-8a5c-6a4c1b1d2e3f",
    "url": f"{_URL}deliveries/b8d4a7c2-0f2e-4f0c-8a5c-6a4c1b1d2e3f/",
    "event": "ping",
    "state": "pending",
    "attempts": 0,
    "next_attempt_at": "2026-05-04T10:15:00.120000Z",
    "attempted_at": None,
    "delivered_at": None,
    "status_code": None,
    "seconds": None,
    "answer": "",
    "error": None,
    "body": '{"id":"…","event":"ping","created_at":"2026-05-04T10:15:00.120000Z","data":{"type":"webhook","id":"…"}}',
    "created_at": "2026-05-04T10:15:00.120000Z",
}
_OFF = "This webhook is switched off. Switch it on first."

describe_webhooks = extend_schema_view(
    list=extend_schema(summary="List your webhooks", examples=[answered("webhooks", _HOOK)]),
    retrieve=extend_schema(summary="Look at a webhook", examples=[answered("webhook", _HOOK)]),
    partial_update=extend_schema(
        summary="Change a webhook, or switch it on or off",
        examples=[sent("off", {"is_active": False}), answered("webhook", _HOOK | {"is_active": False})],
    ),
    destroy=extend_schema(summary="Delete a webhook with its log"),
    create=extend_schema(
        summary="Register a webhook",
        description="Registers an address to be told of ends; the answer holds the secret, once. See docs/webhooks.md.",
        request=WebhookSerializer,
        responses={
            201: WebhookWithSecretSerializer,
            409: problem(
                too_many_webhooks="You have 10 webhooks, the most one person may have.",
                idempotency_key_reused="This Idempotency-Key was used for another request.",
            ),
        },
        examples=[sent("events", _ASKED), answered("registered", _WITH_SECRET)],
    ),
    rotate_secret=extend_schema(
        summary="Make a new secret",
        request=None,
        responses={200: WebhookWithSecretSerializer},
        examples=[answered("secret", _WITH_SECRET)],
    ),
    test=extend_schema(
        summary="Send a test message",
        request=None,
        responses={
            202: DeliverySerializer,
            409: problem(webhook_off=_OFF, too_many_waiting="Too many messages wait for this receiver already."),
        },
        examples=[answered("on its way", _DELIVERY)],
    ),
)

describe_deliveries = extend_schema_view(
    list=extend_schema(summary="List what was sent to a webhook", examples=[answered("deliveries", _DELIVERY)]),
    retrieve=extend_schema(summary="Look at what was sent", examples=[answered("delivery", _DELIVERY)]),
    redeliver=extend_schema(
        summary="Send a message again",
        request=None,
        responses={
            202: DeliverySerializer,
            409: problem(webhook_off=_OFF, not_sent_yet="This message still waits to be sent."),
        },
        examples=[answered("on its way", _DELIVERY)],
    ),
)

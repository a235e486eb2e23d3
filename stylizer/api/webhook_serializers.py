"""What the API says of webhooks and their deliveries, and takes to make one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from stylizer.api.fields import Flag, Text
from stylizer.models import Event, Webhook, WebhookDelivery
from stylizer.rejections import Rejected
from stylizer.webhooks.targets import check_target


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """A webhook without its secret."""

    url = serializers.HyperlinkedIdentityField("api:webhook-detail")
    target_url = Text(max_length=500, help_text="Where messages are sent: https://…")
    events = serializers.ListField(
        child=serializers.ChoiceField(Event.choices), allow_empty=False, max_length=len(Event.choices)
    )
    is_active = Flag(default=True)
    deliveries_url = serializers.HyperlinkedIdentityField(
        "api:webhook-delivery-list", lookup_field="pk", lookup_url_kwarg="webhook"
    )

    class Meta:
        model = Webhook
        fields = [
            *("id", "url", "target_url", "events", "is_active", "disabled_at", "disabled_reason", "created_at"),
            "deliveries_url",
        ]
        read_only_fields = ["disabled_at", "disabled_reason"]

    def validate_target_url(self, url: str) -> str:
        """Refuse at once what would be refused when a message is sent."""
        try:
            check_target(url)
        except Rejected as refusal:
            raise serializers.ValidationError(refusal.detail, code=refusal.code) from refusal
        return url

    def validate_events(self, events: list[str]) -> list[str]:
        """Name each once."""
        return list(dict.fromkeys(events))

    def update(self, instance: Webhook, validated_data: dict[str, Any]) -> Webhook:
        """Write what was sent; switched on again, it has no reason to be off any more."""
        if validated_data.get("is_active"):
            validated_data |= {"disabled_at": None, "disabled_reason": ""}
        for name, value in validated_data.items():
            setattr(instance, name, value)
        # These columns alone: a worker may be switching it off.
        instance.save(update_fields=list(validated_data))
        return instance


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook with its secret, which is told this once. Wants ``secret`` in its context."""

    secret = serializers.SerializerMethodField(help_text="Signs every message; shown now and never again.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]

    def get_secret(self, hook: Webhook) -> str:
        """Return it."""
        return str(self.context["secret"])


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """A message, and how sending it went; ``id`` is what the receiver got as ``Easel-Delivery``."""

    url = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    answer = serializers.CharField(read_only=True, help_text="How the last answer began: at most 1 kB of it.")

    class Meta:
        model = WebhookDelivery
        fields = [
            *("id", "url", "event", "state", "attempts", "next_attempt_at", "attempted_at", "delivered_at"),
            *("status_code", "seconds", "answer", "error", "body", "created_at"),
        ]
        read_only_fields = fields

    def get_url(self, delivery: WebhookDelivery) -> str:
        """Return its address."""
        keys = [delivery.webhook_id, delivery.pk]
        return str(reverse("api:webhook-delivery-detail", args=keys, request=self.context["request"]))

    def get_error(self, delivery: WebhookDelivery) -> dict[str, str] | None:
        """Return why the last attempt did not go through."""
        if not delivery.error_code:
            return None
        return {"code": delivery.error_code, "detail": delivery.error_detail}

"""The REST API: webhooks and the log of their deliveries."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.settings import api_settings
from rest_framework.throttling import UserRateThrottle

from stylizer.api.conditional import Conditional
from stylizer.api.idempotency import idempotent
from stylizer.api.webhook_description import describe_deliveries, describe_webhooks
from stylizer.api.webhook_serializers import DeliverySerializer, WebhookSerializer, WebhookWithSecretSerializer
from stylizer.models import DeliveryState, Webhook, WebhookDelivery
from stylizer.models.webhook import PING
from stylizer.rejections import Rejected
from stylizer.signed_in import signed_in
from stylizer.wake import wake_for_webhooks
from stylizer.webhooks.note import new_delivery

MAX_WEBHOOKS = 10
"""Of one person: each costs a worker time when its receiver is slow."""
MAX_WAITING = 100
"""Messages that wait for one receiver before no more are sent by hand."""


class ByHandRate(UserRateThrottle):
    """How often one person sends messages by hand: others' servers are not to be kept busy from here."""

    scope = "webhook_by_hand"


@describe_webhooks
class WebhookViewSet(
    Conditional,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Webhook],
):
    """The caller's own webhooks; anybody else's are 404."""

    serializer_class = WebhookSerializer
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    throttle_scope = "create"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Webhook]:
        """Return the caller's webhooks."""
        return Webhook.objects.visible_to(self.request.user)

    @idempotent(secrets=["secret"])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Register an address; the answer holds the secret, once."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        hook = Webhook(owner=signed_in(request), **serializer.validated_data)
        secret = hook.renew_secret()
        with transaction.atomic():
            User.objects.select_for_update().get(pk=hook.owner_id)  # two requests take turns
            if Webhook.objects.visible_to(request.user).count() >= MAX_WEBHOOKS:
                raise Rejected(
                    "too_many_webhooks", f"You have {MAX_WEBHOOKS} webhooks, the most one person may have.", status=409
                )
            hook.save(force_insert=True)
        return self._with_secret(hook, secret, status.HTTP_201_CREATED)

    def perform_update(self, serializer: BaseSerializer[Webhook]) -> None:
        """Write it; what waits for a receiver that is on again is due now."""
        was_active = self.get_object().is_active
        hook = serializer.save()
        if hook.is_active and not was_active and hook.deliveries.filter(state=DeliveryState.PENDING).exists():
            wake_for_webhooks()

    def perform_destroy(self, instance: Webhook) -> None:
        """Delete it with its log, locked: a job that ends at this moment writes no row about it afterwards."""
        with transaction.atomic():
            get_object_or_404(Webhook.objects.select_for_update(), pk=instance.pk).delete()

    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, **kwargs: Any) -> Response:
        """Make a new secret, told once; what is sent from now on is signed with it."""
        hook = self.get_object()
        secret = hook.renew_secret()
        hook.save(update_fields=["sealed_secret"])
        return self._with_secret(hook, secret, status.HTTP_200_OK)

    @action(detail=True, methods=["post"], throttle_classes=[*api_settings.DEFAULT_THROTTLE_CLASSES, ByHandRate])
    @idempotent
    def test(self, request: Request, **kwargs: Any) -> Response:
        """Send a message of the event "ping", through the same queue as every other; 202 with its delivery."""
        with transaction.atomic():
            hook = get_object_or_404(self.get_queryset().select_for_update(), pk=self.get_object().pk)
            if not hook.is_active:
                raise Rejected("webhook_off", "This webhook is switched off. Switch it on first.", status=409)
            if hook.deliveries.filter(state=DeliveryState.PENDING).count() >= MAX_WAITING:
                raise Rejected("too_many_waiting", "Too many messages wait for this receiver already.", status=409)
            delivery = new_delivery(hook, PING, {"type": "webhook", "id": str(hook.pk)})
            delivery.save(force_insert=True)
            wake_for_webhooks()
        return accepted(DeliverySerializer(delivery, context=self.get_serializer_context()).data)

    def _with_secret(self, hook: Webhook, secret: str, code: int) -> Response:
        context = {**self.get_serializer_context(), "secret": secret}
        data = WebhookWithSecretSerializer(hook, context=context).data
        headers = {"Cache-Control": "no-store"}
        if code == status.HTTP_201_CREATED:
            headers["Location"] = str(data["url"])
        return Response(data, status=code, headers=headers)


@describe_deliveries
class DeliveryViewSet(
    Conditional, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[WebhookDelivery]
):
    """What was sent to one of the caller's webhooks, latest first; kept for 30 days."""

    queryset = WebhookDelivery.objects.none()  # names the model
    serializer_class = DeliverySerializer

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        """Return the deliveries of the webhook in the address."""
        hooks = Webhook.objects.visible_to(self.request.user)
        hook = get_object_or_404(hooks, pk=self.kwargs["webhook"])
        return WebhookDelivery.objects.filter(webhook=hook)

    @action(detail=True, methods=["post"], throttle_classes=[*api_settings.DEFAULT_THROTTLE_CLASSES, ByHandRate])
    def redeliver(self, request: Request, **kwargs: Any) -> Response:
        """Send a message again, with all its attempts; 202, or 409 while it still waits to be sent."""
        delivery = self.get_object()
        if not delivery.webhook.is_active:
            raise Rejected("webhook_off", "This webhook is switched off. Switch it on first.", status=409)
        again = self.get_queryset().filter(pk=delivery.pk).exclude(state=DeliveryState.PENDING)
        with transaction.atomic():
            if not again.update(state=DeliveryState.PENDING, attempts=0, next_attempt_at=timezone.now()):
                raise Rejected("not_sent_yet", "This message still waits to be sent.", status=409)
            wake_for_webhooks()
        delivery.refresh_from_db()
        return accepted(self.get_serializer(delivery).data)


def accepted(data: Any) -> Response:
    """Answer with what is going to happen, and where to look."""
    return Response(data, status=status.HTTP_202_ACCEPTED, headers={"Location": str(data["url"])})

"""The style catalog, the photos and the jobs."""

from stylizer.models.batch import Batch
from stylizer.models.idempotency_key import IdempotencyKey
from stylizer.models.paint_choices import PaintChoices
from stylizer.models.photo import Photo
from stylizer.models.queue import Queue
from stylizer.models.style import Style
from stylizer.models.style_intake import IntakeKind, IntakeState, IntakeStep, StyleIntake
from stylizer.models.style_preview import StylePreview
from stylizer.models.style_record import StyleDecision, StyleSample, Verb
from stylizer.models.stylization import Status, Stylization
from stylizer.models.webhook import Event, Webhook
from stylizer.models.webhook_delivery import DeliveryState, WebhookDelivery
from stylizer.models.worker_heartbeat import WorkerHeartbeat

__all__ = [
    "Batch",
    "DeliveryState",
    "Event",
    "IdempotencyKey",
    "IntakeKind",
    "IntakeState",
    "IntakeStep",
    "PaintChoices",
    "Photo",
    "Queue",
    "Status",
    "Style",
    "StyleDecision",
    "StyleIntake",
    "StylePreview",
    "StyleSample",
    "Stylization",
    "Verb",
    "Webhook",
    "WebhookDelivery",
    "WorkerHeartbeat",
]

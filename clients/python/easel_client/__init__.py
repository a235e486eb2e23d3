"""Client for Easel, the self-hosted server that paints photos in the style of a painting."""

from easel_client.client import Easel, new_token
from easel_client.errors import (
    ApiError,
    BadRequest,
    Conflict,
    EaselError,
    InvalidSignature,
    NotAllowed,
    NotAuthenticated,
    NotFinished,
    NotFound,
    PaintingFailed,
    ServerError,
    TooManyRequests,
    UnexpectedAnswer,
    Unreachable,
)
from easel_client.models import Artwork, Batch, Event, Job, JobError, Photo, Style
from easel_client.webhooks import verify_signature

__version__ = "0.1.0"
__all__ = [
    "ApiError",
    "Artwork",
    "BadRequest",
    "Batch",
    "Conflict",
    "Easel",
    "EaselError",
    "Event",
    "InvalidSignature",
    "Job",
    "JobError",
    "NotAllowed",
    "NotAuthenticated",
    "NotFinished",
    "NotFound",
    "PaintingFailed",
    "Photo",
    "ServerError",
    "Style",
    "TooManyRequests",
    "UnexpectedAnswer",
    "Unreachable",
    "new_token",
    "verify_signature",
]

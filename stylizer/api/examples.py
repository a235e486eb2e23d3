"""One example of everything that the API answers and takes, for its description."""

from __future__ import annotations

from typing import Any

STYLE: dict[str, Any] = {
    "slug": "starry-night",
    "name": "The Starry Night",
    "artist": "Vincent van Gogh",
    "year": "1889",
    "licence": "Public domain",
    "source": "Oil on canvas, Museum of Modern Art, New York",
    "description": "Deep blues and warm yellows in short, swirling strokes.",
    "preview_url": "https://easel.example.org/api/v1/styles/starry-night/preview/?v=1f6b2c9ad0e4",
    "engine": {"name": "native", "precision": "float32", "deviation": None},
}

PHOTO_ID = "0d1f8f5e-4f0b-4c2e-9f0a-7a3f4ed1c9b2"
PHOTO_URL = f"https://easel.example.org/api/v1/photos/{PHOTO_ID}/"
PHOTO: dict[str, Any] = {
    "id": PHOTO_ID,
    "url": PHOTO_URL,
    "name": "harbour.jpg",
    "byte_size": 2481337,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "width": 4000,
    "height": 3000,
    "picture_url": f"{PHOTO_URL}picture/",
    "created_at": "2026-05-04T10:15:00.050000Z",
}
PREVIEWS: dict[str, Any] = {"previews": {"udnie": f"{PHOTO_URL}previews/udnie/"}, "waiting": 4}

JOB_ID = "6f1c2c56-6d0b-4b7e-9d0e-0d6c5ce1a3f7"
JOB_URL = f"https://easel.example.org/api/v1/stylizations/{JOB_ID}/"

QUEUED: dict[str, Any] = {
    "id": JOB_ID,
    "url": JOB_URL,
    "events_url": f"{JOB_URL}events/",
    "status": "queued",
    "progress": 0,
    "photo": PHOTO_ID,
    "style": "starry-night",
    "batch": None,
    "size": 1024,
    "strength": 0.8,
    "keep_colors": False,
    "brush": 1.0,
    "format": "jpeg",
    "quality": 95,
    "result_url": None,
    "thumbnail_url": None,
    "result_width": None,
    "result_height": None,
    "error": None,
    "attempts": 0,
    "place": 1,
    "eta_seconds": 2,
    "created_at": "2026-05-04T10:15:00.120000Z",
    "started_at": None,
    "finished_at": None,
    "seconds": None,
}
SUCCEEDED: dict[str, Any] = QUEUED | {
    "status": "succeeded",
    "progress": 100,
    "result_url": f"{JOB_URL}result/",
    "thumbnail_url": f"{JOB_URL}thumbnail/",
    "result_width": 1024,
    "result_height": 768,
    "attempts": 1,
    "place": None,
    "eta_seconds": None,
    "started_at": "2026-05-04T10:15:00.310000Z",
    "finished_at": "2026-05-04T10:15:01.270000Z",
    "seconds": 0.96,
}
CANCELLED: dict[str, Any] = QUEUED | {
    "status": "cancelled",
    "place": None,
    "eta_seconds": None,
    "finished_at": "2026-05-04T10:15:00.900000Z",
}

BATCH_ID = "b0a5b3a2-4f4e-4a53-8f0e-3c1c4a8f2f11"
BATCH_URL = f"https://easel.example.org/api/v1/batches/{BATCH_ID}/"
BATCH_IN_LIST: dict[str, Any] = {
    "id": BATCH_ID,
    "url": BATCH_URL,
    "events_url": f"{BATCH_URL}events/",
    "zip_url": f"{BATCH_URL}zip/",
    "name": "harbour.jpg in 2 styles",
    "created_at": "2026-05-04T10:15:00.100000Z",
    "counts": {"queued": 1, "running": 0, "succeeded": 1, "failed": 0, "cancelled": 0},
    "is_finished": False,
}
BATCH: dict[str, Any] = BATCH_IN_LIST | {
    "stylizations": [SUCCEEDED | {"batch": BATCH_ID}, QUEUED | {"batch": BATCH_ID, "style": "udnie"}],
}

CHOICES: dict[str, Any] = {"size": 1024, "strength": 0.8, "format": "jpeg", "quality": 95}
"""What may be sent with a photo."""

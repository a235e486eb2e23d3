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
    "preview_url": "https://easel.example.org/styles/starry-night/preview/",
    "engine": {"name": "native", "precision": "float32", "deviation": None},
}

JOB_ID = "6f1c2c56-6d0b-4b7e-9d0e-0d6c5ce1a3f7"
JOB_URL = f"https://easel.example.org/api/v1/stylizations/{JOB_ID}/"

QUEUED: dict[str, Any] = {
    "id": JOB_ID,
    "url": JOB_URL,
    "status": "queued",
    "progress": 0,
    "style": "starry-night",
    "size": 1024,
    "strength": 0.8,
    "keep_colors": False,
    "brush": 1.0,
    "format": "jpeg",
    "quality": 95,
    "result_url": None,
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
BATCH: dict[str, Any] = {
    "id": BATCH_ID,
    "url": f"https://easel.example.org/api/v1/batches/{BATCH_ID}/",
    "name": "harbour.jpg in 2 styles",
    "created_at": "2026-05-04T10:15:00.100000Z",
    "stylizations": [QUEUED],
}

CHOICES: dict[str, Any] = {"size": 1024, "strength": 0.8, "format": "jpeg", "quality": 95}
"""What may be sent with a photo."""

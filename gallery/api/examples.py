"""One example of everything that the API answers about the gallery, for its description."""

from __future__ import annotations

from typing import Any

_KEY = "3f6d2c1e-8a57-4f0b-9b53-2f6f0c7d1a90"
_URL = f"https://easel.example.org/api/v1/artworks/{_KEY}/"
STYLIZATION = "9b2f1c34-6a0d-4f5e-8f9d-0c1b2a3d4e5f"
ARTWORK: dict[str, Any] = {
    "id": _KEY,
    "url": _URL,
    "page_url": f"https://easel.example.org/gallery/{_KEY}/",
    "title": "Harbour at dusk",
    "owner": "alice",
    "is_mine": True,
    "style": "starry-night",
    "style_name": "Starry Night",
    "stylization": STYLIZATION,
    "strength": 0.8,
    "keep_colors": False,
    "brush": 1.0,
    "format": "jpeg",
    "quality": 95,
    "image_url": f"{_URL}image/",
    "image_width": 1024,
    "image_height": 683,
    "thumbnail_url": f"{_URL}thumbnail/",
    "thumbnail_width": 480,
    "thumbnail_height": 320,
    "is_public": True,
    "published_at": "2026-05-04T10:20:00.120000Z",
    "star_count": 3,
    "has_starred": False,
    "hidden": None,
    "created_at": "2026-05-04T10:15:00.120000Z",
    "trashed_at": None,
    "leaves_trash_at": None,
}
TRASHED = ARTWORK | {"trashed_at": "2026-05-05T08:00:00.120000Z", "leaves_trash_at": "2026-06-04T08:00:00.120000Z"}
REPORT = {
    "artwork": _KEY,
    "reason": "rights",
    "text": "This is my photo.",
    "created_at": "2026-05-04T10:15:00.120000Z",
}
ALBUM: dict[str, Any] = {
    "id": 12,
    "url": "https://easel.example.org/api/v1/albums/12/",
    "name": "By the sea",
    "artwork_count": 4,
    "artworks_url": "https://easel.example.org/api/v1/albums/12/artworks/",
    "created_at": "2026-05-04T10:15:00.120000Z",
}
LINK: dict[str, Any] = {
    "id": 5,
    "link": "https://easel.example.org/gallery/link/…/",
    "created_at": "2026-05-04T10:15:00.120000Z",
    "expires_at": "2026-05-11T10:15:00.120000Z",
    "is_expired": False,
}

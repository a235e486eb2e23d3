"""The photos every new style is tried on, always the same ones, so that styles can be compared. Needs no torch.

A drawn landscape, and two of the photos that come with the engines (``engines/photos/README.md`` has their sources).
"""

from __future__ import annotations

from PIL import Image

from mlcore.engines.bundled_photos import bundled_photo
from mlcore.sample_scene import sample_scene

PREVIEW_PHOTOS = ("landscape", "cat", "coffee")


def preview_photos() -> dict[str, Image.Image]:
    """Return the photos by name, RGB, 320 to 512 pixels on the longer side."""
    return {name: sample_scene() if name == "landscape" else bundled_photo(name) for name in PREVIEW_PHOTOS}

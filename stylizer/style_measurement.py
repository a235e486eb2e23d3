"""Measuring a style in the engine that paints it here, and painting its previews: in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from PIL import Image

from mlcore.image_io import encode_image
from mlcore.preview_photos import PREVIEW_PHOTOS
from stylizer.mlcore_child import NoAnswer, run_mlcore, worker_environment
from stylizer.models import Style, StyleSample
from stylizer.paint_threads import paint_threads
from stylizer.style_files import store_style_file

TIMEOUT_SECONDS = 600
"""The first style on a machine waits for the engines to be compared."""


class MeasuringFailed(Exception):
    """The engine could not paint in the style, in words."""


@dataclass(frozen=True)
class Measurement:
    """What mlcore's ``profile`` answered, and the previews by their photo: JPEG, width, height."""

    profile: dict[str, Any]
    previews: dict[str, tuple[bytes, int, int]]

    @property
    def faults(self) -> list[str]:
        """Sentences on artefacts beyond their limits."""
        return list(self.profile["faults"])

    def columns(self) -> dict[str, Any]:
        """Return the columns of the style that hold it."""
        deviation = self.profile["deviation"] or {}
        return {
            "engine": self.profile["engine"],
            "precision": self.profile["precision"],
            "deviation": deviation.get("mean_absolute_error"),
            "deviation_psnr": deviation.get("psnr"),
            "deviation_ssim": deviation.get("ssim"),
            "ms_per_megapixel": self.profile["ms_per_megapixel"],
            "mb_per_megapixel": self.profile["mb_per_megapixel"],
            "artefacts": self.profile["artefacts"],
            "faults": self.faults,
            "profiled_at": timezone.now(),
        }


def measure_style(
    style_file: Path,
    folder: Path,
    tick: Callable[[], None] = lambda: None,
    report: Callable[[float], None] = lambda _share: None,
) -> Measurement:
    """Measure a verified style file; ``folder`` is for what the child writes.

    Raises:
        MeasuringFailed: with the reason.
    """
    arguments = ["profile", "--style-file", str(style_file), "--previews", str(folder)]
    arguments += ["--threads", str(paint_threads()), "--cache", str(settings.EASEL_ENGINE_CACHE)]
    try:
        answer = run_mlcore(
            arguments, environment=worker_environment(), timeout=TIMEOUT_SECONDS, tick=tick, report=report
        )
    except TimeoutError as error:
        raise MeasuringFailed(f"Measuring took over {TIMEOUT_SECONDS} s.") from error
    except NoAnswer as error:
        raise MeasuringFailed("Measuring ended without an answer, probably for lack of memory.") from error
    if not answer["ok"]:
        raise MeasuringFailed(str(answer.get("detail")))
    previews = {}
    for photo in PREVIEW_PHOTOS:
        with Image.open(folder / f"{photo}.png") as image:
            previews[photo] = (encode_image(image, quality=90), *image.size)
    return Measurement(answer, previews)


def store_previews(measurement: Measurement) -> dict[str, str]:
    """Store the previews' files and return their names by photo; :func:`write_previews` makes their rows."""
    return {photo: store_style_file(content, ".jpg") for photo, (content, _, _) in measurement.previews.items()}


def write_previews(style: Style, measurement: Measurement, names: dict[str, str]) -> None:
    """Make or renew the rows of a style's previews."""
    for photo, (_, width, height) in measurement.previews.items():
        values = {"image": names[photo], "width": width, "height": height}
        StyleSample.objects.update_or_create(style=style, photo=photo, defaults=values)

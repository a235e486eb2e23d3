"""One painting of many: reading the photo, unless its painting is there already; painting; writing. Needs no torch.

The three steps are functions of their own, for :mod:`mlcore.batch_painting` to do them side by side.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from mlcore.engines.engine import Engine, Pixels
from mlcore.errors import ImageError
from mlcore.image_io import write_atomically
from mlcore.named_style import NamedStyle
from mlcore.paint import paint
from mlcore.paint_options import PaintOptions
from mlcore.painting_file import encode_painting, read_provenance
from mlcore.photo_file import Photo, read_photo
from mlcore.progress_report import Report, silent
from mlcore.provenance import Provenance
from mlcore.style_sheet import StyleSheet


@dataclass(frozen=True)
class PaintingJob:
    """What becomes what.

    Attributes:
        photo: a path, or the bytes of the file.
        target: where the painting is written: a path, or an unbuffered binary stream.
        styles: one; or, for a sheet, at least one.
        options: how it is painted and written.
        sheet: paint every style and put them on one sheet, the photo first.
    """

    photo: Path | bytes
    target: Path | BinaryIO
    styles: tuple[NamedStyle, ...]
    options: PaintOptions
    sheet: bool = False

    @property
    def photo_name(self) -> str:
        """What messages call the photo."""
        return str(self.photo) if isinstance(self.photo, Path) else "standard input"

    @property
    def target_name(self) -> str:
        """What messages call the painting."""
        return str(self.target) if isinstance(self.target, Path) else "standard output"

    @property
    def style_name(self) -> str:
        """The name of the style, or of all."""
        return ", ".join(style.name for style in self.styles)

    @property
    def style_sha256(self) -> str:
        """Of the style file; for a sheet of its styles' lines "sha256 name"."""
        if not self.sheet:
            return self.styles[0].sha256
        lines = "".join(f"{style.sha256} {style.name}\n" for style in self.styles)
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass
class Seconds:
    """What one painting cost, each as it was measured beside the others."""

    decode: float = 0.0
    inference: float = 0.0
    encode: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        size: (width, height) of what was written.
        byte_count: of the file.
        engine: what painted; several are joined by commas. Empty at strength 0, where nothing is painted.
        error: why it failed.
    """

    job: PaintingJob
    status: Literal["painted", "skipped", "failed"]
    size: tuple[int, int] = (0, 0)
    byte_count: int = 0
    engine: str = ""
    precision: str = ""
    seconds: Seconds = field(default_factory=Seconds)
    error: Exception | None = None


@dataclass(frozen=True)
class PhotoRead:
    """A decoded photo with what its painting's record will say."""

    job: PaintingJob
    photo: Photo
    recorded: dict[str, Any]
    seconds: Seconds


@dataclass(frozen=True)
class Painted:
    """A painting that is not written yet."""

    job: PaintingJob
    painting: Photo
    provenance: Provenance
    seconds: Seconds


def read_job(job: PaintingJob, *, overwrite: bool) -> PhotoRead | None:
    """Decode the photo at the size to deliver; ``None`` if the finished painting is there.

    It is there if the target carries the record of the same style file, options and photo, byte for byte, and
    ``overwrite`` is not asked for. Which engine or version painted it does not count.

    Raises:
        ImageError: the photo cannot be read.
    """
    started = time.perf_counter()
    recorded = job.options.as_dict() | {"photo_sha256": _sha256(job.photo)}
    if job.sheet:
        recorded["sheet"] = True
    if not overwrite and _is_finished(job, recorded):
        return None
    photo = read_photo(job.photo, longest_side=job.options.size)
    return PhotoRead(job, photo, recorded, Seconds(decode=time.perf_counter() - started))


def paint_job(read: PhotoRead, engine_for: Callable[[NamedStyle], Engine], report: Report = silent) -> Painted:
    """Paint; in the thread that uses the engines.

    Raises:
        OutOfMemory: the painting needs more memory than there is.
    """
    job, photo = read.job, read.photo
    watches = []
    sheet = StyleSheet(1 + len(job.styles), photo.image.size) if job.sheet else None
    if sheet:
        sheet.place("photo", photo.image)
    for index, style in enumerate(job.styles):
        watch = _Stopwatch(engine_for(style))
        watches.append(watch)
        painting = paint(watch, photo, job.options, _part(report, index, len(job.styles)))
        if sheet:
            sheet.place(style.name, painting.image)
    if sheet:
        painting = Photo(sheet.image)
    provenance = Provenance(
        style=job.style_name,
        style_sha256=job.style_sha256,
        options=read.recorded,
        engine=", ".join(dict.fromkeys(watch.name for watch in watches if watch.used)),
        precision=", ".join(dict.fromkeys(watch.precision for watch in watches if watch.used)),
    )
    read.seconds.inference = sum(watch.seconds for watch in watches)
    return Painted(job, painting, provenance, read.seconds)


def write_job(painted: Painted) -> Outcome:
    """Encode and write, a file whole or not at all.

    Raises:
        ImageError: the format cannot hold a picture of this size.
        OSError: it cannot be written.
    """
    started = time.perf_counter()
    job, provenance = painted.job, painted.provenance
    content = encode_painting(painted.painting, job.options.format, job.options.quality, provenance)
    if isinstance(job.target, Path):
        write_atomically(job.target, content)
    else:
        left = memoryview(content)
        while left:
            left = left[job.target.write(left) :]
    painted.seconds.encode = time.perf_counter() - started
    return Outcome(
        job,
        "painted",
        painted.painting.image.size,
        len(content),
        provenance.engine,
        provenance.precision,
        painted.seconds,
    )


def _part(report: Report, index: int, count: int) -> Report:
    """Return the reporter of one of ``count`` equal parts."""
    return lambda share: report((index + share) / count)


def _sha256(photo: Path | bytes) -> str:
    if isinstance(photo, bytes):
        return hashlib.sha256(photo).hexdigest()
    try:
        with photo.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(f"{photo} cannot be read: {error.strerror}.") from error


def _is_finished(job: PaintingJob, recorded: dict[str, Any]) -> bool:
    if not isinstance(job.target, Path) or not job.target.is_file():
        return False
    try:
        there = read_provenance(job.target)
    except ImageError:  # whatever it is, it is no painting
        return False
    return there is not None and (there.style_sha256, there.options) == (job.style_sha256, recorded)


class _Stopwatch:
    """An engine that notes how long it painted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.precision = engine.name, engine.precision
        self.seconds, self.used = 0.0, False

    def paint(self, photo: Pixels, report: Report = silent) -> Pixels:
        started = time.perf_counter()
        painting = self._engine.paint(photo, report)
        self.seconds += time.perf_counter() - started
        self.name, self.precision, self.used = self._engine.name, self._engine.precision, True
        return painting

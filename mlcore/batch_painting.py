"""Painting many photos: the next are decoded and the last are encoded while one is painted. Needs no torch.

Threads are enough: Pillow decodes and encodes without Python's lock, and so do engines compute. The engines are used
from the calling thread only, which is also the one that Ctrl-C stops.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from mlcore.engines.engine import Engine
from mlcore.errors import Cancelled, MlcoreError
from mlcore.named_style import NamedStyle
from mlcore.painting_job import Outcome, PaintingJob, PhotoRead, paint_job, read_job, write_job
from mlcore.progress_report import Report

logger = logging.getLogger(__name__)

READERS = max(2, min(8, os.cpu_count() or 1))
"""Threads that decode. Two at least: one large PNG shall not hold up the photos after it."""
WRITERS = READERS // 2
MAX_WAITING_PIXELS = 50_000_000
"""No further photo is decoded ahead while those that wait have so many pixels, 150 MB."""


def paint_batch(
    jobs: Iterable[PaintingJob],
    engine_for: Callable[[NamedStyle], Engine],
    see: Callable[[Outcome], None],
    report: Report,
    *,
    overwrite: bool = False,
) -> None:
    """Paint every job; what fails is told and does not stop the rest.

    Memory is bounded however many jobs there are: at most ``2 * READERS`` photos wait to be painted, fewer where they
    are large (:data:`MAX_WAITING_PIXELS`), and at most ``2 * WRITERS`` paintings to be written.

    On Ctrl-C, or when ``report`` raises ``Cancelled``, photos that wait are dropped, and paintings that are done are
    written and seen, before the exception goes on.

    Args:
        jobs: taken as they are needed.
        engine_for: returns a style's engine.
        see: called with every outcome, in the order of the jobs, once the painting is written.
        report: called with the number of jobs that were painted or failed so far, with a part for the one being
            painted. Skipped ones do not count.
        overwrite: paint also what is there already.
    """
    upcoming = iter(jobs)
    reading: deque[tuple[PaintingJob, Future[PhotoRead | None]]] = deque()
    writing: deque[tuple[PaintingJob, Future[Outcome]]] = deque()
    readers = ThreadPoolExecutor(READERS, "reading")
    writers = ThreadPoolExecutor(WRITERS, "writing")
    worked = 0

    def see_first() -> None:
        job, future = writing.popleft()
        see(_outcome(job, future))

    try:
        while True:
            while _has_room(reading) and (upcoming_job := next(upcoming, None)) is not None:
                reading.append((upcoming_job, readers.submit(read_job, upcoming_job, overwrite=overwrite)))
            if not reading:
                break
            job, read = reading.popleft()
            written: Future[Outcome] = Future()
            try:
                photo = read.result()
                del read  # or two photos would be held while one is painted
                if photo is None:
                    written.set_result(Outcome(job, "skipped"))
                else:
                    painted = paint_job(photo, engine_for, _after(report, worked))
                    written = writers.submit(write_job, painted)
                    del photo, painted
                    worked += 1
            except Cancelled:
                raise
            except Exception as error:  # of one photo; the others shall be painted
                written.set_exception(error)
                worked += 1
            writing.append((job, written))
            report(worked)
            while writing and (writing[0][1].done() or len(writing) > 2 * WRITERS):
                see_first()
    finally:
        readers.shutdown(wait=False, cancel_futures=True)
        while writing:
            see_first()
        writers.shutdown()
        readers.shutdown()


def _after(report: Report, worked: int) -> Report:
    return lambda share: report(worked + share)


def _has_room(reading: deque[tuple[PaintingJob, Future[PhotoRead | None]]]) -> bool:
    if len(reading) >= 2 * READERS:
        return False
    decoded = (future.result() for _, future in reading if future.done() and not future.exception())
    pixels = sum(read.photo.image.width * read.photo.image.height for read in decoded if read)
    return pixels < MAX_WAITING_PIXELS


def _outcome(job: PaintingJob, future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except Exception as error:  # of one painting; the others shall be written
        if not isinstance(error, MlcoreError | OSError | MemoryError):
            logger.exception("%s cannot be painted", job.photo_name)
        return Outcome(job, "failed", error=error)

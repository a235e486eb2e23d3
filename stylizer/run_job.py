"""Painting one claimed job. For workers only: the engine may be torch's.

Files first, then the row: a crash at any point leaves either the old state, which the lease brings back, or the whole
result. Files that no row names are removed by whoever notices: this attempt when it loses, or the next one.
"""

from __future__ import annotations

import dataclasses
import logging
import posixpath

from django.core.files.base import ContentFile
from django_q.exceptions import TimeoutException

from mlcore.engines.engine import Engine
from mlcore.errors import Cancelled, MlcoreError
from mlcore.image_io import encode_image
from mlcore.paint import paint
from mlcore.painting_file import Provenance, encode_painting
from mlcore.photo_file import Photo, read_photo
from stylizer import job_lifecycle
from stylizer.engine_cache import engine_for
from stylizer.files import delete_files
from stylizer.lease_keeper import LeaseKeeper
from stylizer.models import Stylization
from stylizer.photo_validators import make_thumbnail
from stylizer.wake import wake_worker

logger = logging.getLogger(__name__)

THUMBNAIL_SIDE = 480


def run_job(job: Stylization) -> bool:
    """Paint ``job``, which this process has claimed; return whether the result was recorded."""
    try:
        with LeaseKeeper(job) as keeper:
            keeper.report(0)  # still ours: a worker that slept since its claim must not remove another's result
            _remove_leftovers(job)
            engine = engine_for(job.style)
            painting = _paint(job, engine, keeper)
            job.engine, job.precision = engine.name, engine.precision
            _store(job, painting, engine)
            if job_lifecycle.succeed(job):
                logger.info("job %s painted", job.pk)
                return True
    except Cancelled:
        logger.info("job %s was cancelled or taken over", job.pk)
    except MlcoreError as error:
        job_lifecycle.fail(job, error.code, str(error))
    except MemoryError:
        job_lifecycle.fail(
            job, "out_of_memory", "This painting needs more memory than the server has. Choose a smaller size."
        )
    except TimeoutException:
        job_lifecycle.fail(job, "timed_out", "Painting took longer than this server allows. Choose a smaller size.")
        _remove_results(job)
        raise  # django-q ends this process after a timeout
    except Exception:
        logger.exception("job %s failed in attempt %d", job.pk, job.attempts)
        job_lifecycle.retry_later(
            job, "internal_error", "Painting failed for a reason of the server's. Its log tells the administrator why."
        )
        wake_worker()
    _remove_results(job)
    return False


def _paint(job: Stylization, engine: Engine, keeper: LeaseKeeper) -> Photo:
    with job.photo.file.open("rb") as file:
        photo = read_photo(file.file, longest_side=job.size)
    # What the camera noted stays behind: the painting may be published, and nobody looks into a file before that.
    return paint(engine, dataclasses.replace(photo, exif=b""), job.options, keeper.report)


def _store(job: Stylization, painting: Photo, engine: Engine) -> None:
    provenance = Provenance(
        style=job.style.name,
        style_sha256=job.style.checkpoint_sha256,
        options=job.options.as_dict(),
        engine=engine.name,
        precision=engine.precision,
    )
    content = encode_painting(painting, job.format, job.quality, provenance)
    thumbnail = make_thumbnail(painting.image, THUMBNAIL_SIDE)
    job.result_width, job.result_height = painting.image.size
    job.thumbnail_width, job.thumbnail_height = thumbnail.size
    job.result.save("result", ContentFile(content), save=False)
    job.thumbnail.save("thumbnail", ContentFile(encode_image(thumbnail, "WEBP", 82)), save=False)


def _remove_results(job: Stylization) -> None:
    delete_files(job.result, job.thumbnail)


def _remove_leftovers(job: Stylization) -> None:
    """Remove what an attempt that died before its UPDATE left in the job's folder."""
    storage = job.result.storage
    folder = posixpath.dirname(job.result.field.generate_filename(job, ""))
    try:
        _, names = storage.listdir(folder)
    except FileNotFoundError:  # the first attempt
        return
    for name in names:
        if name.startswith(("result-", "thumbnail-")) and str(job.lease_token) not in name:
            storage.delete(posixpath.join(folder, name))

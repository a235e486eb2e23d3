"""Painting one claimed job. Imports torch: for workers only.

Files first, then the row: a crash at any point leaves either the old state, which the lease brings back, or the whole
result. Files that no row names are removed by whoever notices: this attempt when it loses, or the next one.
"""

from __future__ import annotations

import logging
import posixpath

from django.core.files.base import ContentFile
from django_q.exceptions import TimeoutException
from PIL import Image

from mlcore.errors import Cancelled, MlcoreError
from mlcore.image_io import encode_image, open_photo
from mlcore.stylize import stylize
from stylizer import job_lifecycle
from stylizer.engine_cache import network_for
from stylizer.files import delete_files
from stylizer.lease_keeper import LeaseKeeper
from stylizer.models import Stylization
from stylizer.photo_validators import make_thumbnail
from stylizer.wake import wake_worker

logger = logging.getLogger(__name__)

RESULT_QUALITY = 95
THUMBNAIL_SIDE = 480


def run_job(job: Stylization) -> bool:
    """Paint ``job``, which this process has claimed; return whether the result was recorded."""
    try:
        with LeaseKeeper(job) as keeper:
            keeper.report(0)  # still ours: a worker that slept since its claim must not remove another's result
            _remove_leftovers(job)
            painted = _paint(job, keeper)
            _store(job, painted)
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


def _paint(job: Stylization, keeper: LeaseKeeper) -> Image.Image:
    network = network_for(job.style)
    with job.photo.open("rb") as file:
        photo = open_photo(file.file, longest_side=job.size)
    return stylize(network, photo, keeper.report)


def _store(job: Stylization, painted: Image.Image) -> None:
    thumbnail = make_thumbnail(painted, THUMBNAIL_SIDE)
    job.result_width, job.result_height = painted.size
    job.thumbnail_width, job.thumbnail_height = thumbnail.size
    job.result.save("result", ContentFile(encode_image(painted, "JPEG", RESULT_QUALITY)), save=False)
    job.thumbnail.save("thumbnail", ContentFile(encode_image(thumbnail, "WEBP", 82)), save=False)


def _remove_results(job: Stylization) -> None:
    delete_files(job.result, job.thumbnail)


def _remove_leftovers(job: Stylization) -> None:
    """Remove what an attempt that died before its UPDATE left beside the photo."""
    folder = posixpath.dirname(str(job.photo.name))
    _, names = job.photo.storage.listdir(folder)
    for name in names:
        if name.startswith(("result-", "thumbnail-")) and str(job.lease_token) not in name:
            job.photo.storage.delete(posixpath.join(folder, name))

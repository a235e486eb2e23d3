"""Painting one claimed job. For workers only: the engine may be torch's.

Files first, then the row: a crash at any point leaves either the old state, which the lease brings back, or the whole
result. Files that no row names are removed by whoever notices: this attempt when it loses, or the next one.
"""

from __future__ import annotations

import logging
import posixpath

from django.db import connection
from django_q.exceptions import TimeoutException

from mlcore.engines.engine import Engine
from mlcore.errors import Cancelled, MlcoreError
from mlcore.finishing import finish
from mlcore.paint import paint_master
from mlcore.painting_file import Provenance, encode_painting
from mlcore.photo_file import Photo, read_photo
from stylizer import job_lifecycle
from stylizer.engine_cache import engine_for
from stylizer.files import delete_files
from stylizer.lease_keeper import LeaseKeeper
from stylizer.models import Status, Stylization
from stylizer.outage import OUTAGES, outlasting_an_outage
from stylizer.result_files import store_master, store_result
from stylizer.wake import wake_worker

logger = logging.getLogger(__name__)

_PAINTING_SHARE = 0.95
"""Of the time, about; the rest is finishing and storing."""


def run_job(job: Stylization) -> bool:
    """Paint ``job``, which this process has claimed; return whether the result was recorded."""
    try:
        with LeaseKeeper(job, wake=lambda: wake_worker(job.queue)) as keeper:
            keeper.check()  # a worker that slept since its claim must not remove another's result
            _remove_leftovers(job)
            engine = engine_for(job.style)
            _paint(job, engine, keeper)
            job.engine, job.precision = engine.name, engine.precision
            if outlasting_an_outage(lambda: job_lifecycle.succeed(job), lambda: _is_recorded(job)):
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
    except OUTAGES:
        # Nothing can be written down. The lease runs out, and the next attempt removes what this one has stored.
        logger.exception("job %s was left in attempt %d: the database is out of reach", job.pk, job.attempts)
        connection.close()
        return False
    except Exception:
        logger.exception("job %s failed in attempt %d", job.pk, job.attempts)
        job_lifecycle.retry_later(
            job, "internal_error", "Painting failed for a reason of the server's. Its log tells the administrator why."
        )
        wake_worker(job.queue)
    _remove_results(job)
    return False


def _paint(job: Stylization, engine: Engine, keeper: LeaseKeeper) -> None:
    """Paint and store the master, which any choice of finishing can be made of later, and the result as chosen now."""
    with job.photo.file.open("rb") as file:
        photo = read_photo(file.file, longest_side=job.size)
    master = paint_master(engine, photo.image, job.brush, lambda done: keeper.report(_PAINTING_SHARE * done))
    provenance = Provenance(
        style=job.style.name,
        style_sha256=job.style.checkpoint_sha256,
        options=job.options.as_dict(),
        engine=engine.name,
        precision=engine.precision,
    )
    image = finish(
        master,
        photo.image,
        strength=job.strength,
        keep_colors=job.keep_colors,
        report=lambda done: keeper.report(_PAINTING_SHARE + (1 - _PAINTING_SHARE) * done),
    )
    keeper.report(1)
    # What the camera noted stays behind: the result may be published, and nobody looks into a file before that.
    painting = Photo(image, photo.alpha)
    store_master(job, master, provenance)
    store_result(job, encode_painting(painting, job.format, job.quality, provenance), image)


def _is_recorded(job: Stylization) -> bool:
    recorded = Stylization.objects.filter(pk=job.pk, status=Status.SUCCEEDED, result=job.result.name)
    return bool(job.result.name) and recorded.exists()


def _remove_results(job: Stylization) -> None:
    if not _is_recorded(job):  # whatever was raised after the COMMIT
        delete_files(*job.result_files)


def _remove_leftovers(job: Stylization) -> None:
    """Remove what an attempt that died before its UPDATE left in the job's folder."""
    storage = job.result.storage
    folder = posixpath.dirname(job.result.field.generate_filename(job, ""))
    try:
        _, names = storage.listdir(folder)
    except FileNotFoundError:  # the first attempt
        return
    for name in names:
        if name.startswith(("master-", "result-", "thumbnail-")) and str(job.lease_token) not in name:
            storage.delete(posixpath.join(folder, name))

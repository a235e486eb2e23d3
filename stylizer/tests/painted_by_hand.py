"""A job brought to its end as a worker does, with a picture drawn by hand in place of a painting."""

from __future__ import annotations

from PIL import Image

from mlcore.provenance import Provenance
from stylizer import job_lifecycle
from stylizer.models import Stylization
from stylizer.result_files import store_master, store_result
from stylizer.tests import pictures


def paint_by_hand(job: Stylization, painting: Image.Image | None = None) -> Stylization:
    """Claim ``job``, the only one that waits, store ``painting`` as its result, and return it as it is then."""
    claimed = job_lifecycle.claim("easel")
    assert claimed == job, f"{claimed} was claimed instead of {job}"
    assert claimed is not None
    picture = painting or pictures.painting(*claimed.output_size)
    store_master(claimed, picture, Provenance(claimed.style.name, claimed.style.checkpoint_sha256))
    store_result(claimed, pictures.encoded(picture, claimed.format), picture)
    job_lifecycle.succeed(claimed)
    job.refresh_from_db()
    return job

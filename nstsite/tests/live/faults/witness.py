"""What the database itself notes of every change of a job's state, and what is in storage: called by the nursery."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image

from stylizer.models import Stylization
from stylizer.orphans import named_files, remove_orphans
from stylizer.tasks import sweep

_TRIGGER = """
CREATE TABLE witness (job uuid, status text);
CREATE FUNCTION note_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IS DISTINCT FROM OLD.status THEN
        INSERT INTO witness VALUES (NEW.id, NEW.status);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_status AFTER UPDATE ON stylizer_stylization FOR EACH ROW EXECUTE FUNCTION note_status();
"""


def install() -> None:
    """Make the trigger; on PostgreSQL only."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGER)


def states(keys: list[str]) -> dict[str, str]:
    """Return the state of each job that there is."""
    rows = Stylization.objects.filter(pk__in=keys).values_list("pk", "status")
    return {str(pk): status for pk, status in rows}


def all_keys() -> list[str]:
    """Return the key of every job."""
    return [str(pk) for pk in Stylization.objects.values_list("pk", flat=True)]


def swept_states(keys: list[str]) -> dict[str, str]:
    """Do what is done every minute, and return the state of each job that there is."""
    sweep()
    return states(keys)


def report(keys: list[str]) -> dict[str, Any]:
    """Do what is done every day, as if the day were over, and return what there is then: jobs and stray files."""
    remove_orphans(timedelta(seconds=-1))
    return {"jobs": _jobs(keys), "unnamed": _unnamed(), "lost_files": _lost_files()}


def _jobs(keys: list[str]) -> dict[str, dict[str, Any]]:
    """Return of each job its state, its attempts, its reason, how often it was painted, and what is wrong with it."""
    painted: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT job, count(*) FROM witness WHERE status = 'succeeded' GROUP BY job")
        painted = {str(job): count for job, count in cursor.fetchall()}
    found = {}
    for job in Stylization.objects.filter(pk__in=[uuid.UUID(key) for key in keys]).select_related("photo"):
        found[str(job.pk)] = {
            "status": job.status,
            "attempts": job.attempts,
            "worker": job.worker,
            "code": job.error_code,
            "detail": job.error_detail,
            "painted": painted.get(str(job.pk), 0),
            "damage": _damage(job),
        }
    return found


def _damage(job: Stylization) -> str:
    """Return what is wrong with the files of a job that has ended; empty: nothing."""
    if job.status != "succeeded":
        return "" if not any(file.name for file in job.result_files) else "files of a job that did not succeed"
    wanted = {
        job.result.name: (job.result_width, job.result_height),
        job.thumbnail.name: (job.thumbnail_width, job.thumbnail_height),
        job.master.name: job.output_size,
    }
    for name, size in wanted.items():
        try:
            with default_storage.open(name) as file, Image.open(file) as picture:
                picture.load()
                if picture.size != size:
                    return f"{name} has {picture.size} pixels, not {size}"
        except (OSError, SyntaxError) as error:
            return f"{name}: {error}"
    return ""


def _unnamed() -> list[str]:
    """Return the files that no row names."""
    return sorted(set(_stored("")) - set(named_files()))


def _lost_files() -> list[str]:
    """Return what rows name and nobody has."""
    return sorted(name for name in set(named_files()) if not default_storage.exists(name))


def _stored(folder: str) -> list[str]:
    folders, files = default_storage.listdir(folder)
    names = [f"{folder}/{name}".lstrip("/") for name in files]
    return names + [name for inner in folders for name in _stored(f"{folder}/{inner}".lstrip("/"))]

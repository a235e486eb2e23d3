"""Deleting an account with everything in it: rows, files, sessions, tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import islice

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import FileRemoval
from accounts.models.file_removal import remove_due_files
from accounts.vanishing_files import removals
from gallery.models import Artwork
from stylizer import job_lifecycle
from stylizer.models import Stylization
from stylizer.rejections import Rejected


def delete_account(user: User) -> None:
    """Delete ``user`` and everything that is theirs: the rows at once, the files when the transaction is committed.

    A painting in work is cancelled; its worker notices and drops what it has.

    Raises:
        Rejected: nobody could administer the server any more.
    """
    with transaction.atomic():
        if user.is_superuser:
            # Two superusers who delete each other at the same moment take turns here.
            list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
        # The same lock that taking a photo in waits for: what is not in the database by now finds no account.
        User.objects.select_for_update().get(pk=user.pk)
        if is_last_superuser(user):
            raise Rejected("last_superuser", LAST_SUPERUSER, status=409)
        running = _cancel_jobs(user)
        _note_files(user, running)
        _sign_out_everywhere(user)
        _take_stars_back(user)
        _forget_in_log(user)
        user.delete()
        # Robust: the account is gone whatever happens here, and the hourly upkeep goes on with what is left.
        transaction.on_commit(remove_due_files, robust=True)


LAST_SUPERUSER = (
    "This is the only superuser left, without whom nobody could administer the server. Make somebody else a superuser "
    "first, in the administration under Users."
)


def is_last_superuser(user: User, going: Iterable[User] = ()) -> bool:
    """Return whether there is no superuser beside ``user``, and beside others who are ``going`` as well."""
    if not user.is_superuser:
        return False
    gone = [user.pk, *(other.pk for other in going)]
    return not User.objects.filter(is_superuser=True, is_active=True).exclude(pk__in=gone).exists()


def _cancel_jobs(user: User) -> set[str]:
    """Cancel what waits or is in work; return the keys of the jobs a worker may still hold."""
    active = list(Stylization.objects.active().filter(owner=user))
    for job in active:
        job_lifecycle.cancel(job)
    return {str(job.pk) for job in active}


def _note_files(user: User, running: set[str]) -> None:
    now = timezone.now()
    # A worker that is killed between writing a file and noticing leaves it after the first removal.
    workers_are_done = now + timedelta(seconds=settings.EASEL_JOB_TIMEOUT_SECONDS + settings.EASEL_LEASE_SECONDS)
    found = removals(user)
    while batch := list(islice(found, 500)):
        later = []
        for removal in batch:
            removal.due_at = now
            if removal.name.rstrip("/").rpartition("/")[2] in running:
                later.append(removal.again_at(workers_are_done))
        FileRemoval.objects.bulk_create([*batch, *later])


def _sign_out_everywhere(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


def _take_stars_back(user: User) -> None:
    """Count the user's stars no longer, where others' works count theirs."""
    # Never below none, which the database refuses: a count that went wrong before must not keep an account.
    starred = Artwork.objects.filter(stars__user=user, star_count__gt=0).exclude(owner=user)
    starred.update(star_count=F("star_count") - 1)


def _forget_in_log(user: User) -> None:
    """The administration's log keeps what was done, but not to whom."""
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    about.update(object_repr="(deleted account)", change_message="")

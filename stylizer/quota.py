"""How much of the disk one person takes, and how much they may."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User

from stylizer.ownership import files_belonging_to
from stylizer.rejections import Rejected


def bytes_used(owner: User) -> int:
    """Return the bytes of every file that is the owner's: photos, paintings, saved works and their thumbnails.

    Asks the storage for each file's size, on a local disk some tens of milliseconds for 10,000 files, of a store
    elsewhere once in each process: a sum that is written down would have to be kept true by everything that writes or
    removes a file.
    """
    return sum(file.size() or 0 for file in files_belonging_to(owner))


def check_quota(owner: User, coming: int) -> None:
    """Let ``coming`` more bytes in.

    Raises:
        Rejected: the owner's files and these together are more than the server keeps for one person.
    """
    if not settings.EASEL_QUOTA_BYTES:
        return
    used, allowed = bytes_used(owner), settings.EASEL_QUOTA_BYTES
    if used + coming > allowed:
        raise Rejected(
            "quota_exceeded",
            f"Your photos and paintings take {in_megabytes(used)} of the {in_megabytes(allowed)} this server keeps for "
            f"one person, and this photo has {in_megabytes(coming)}. Delete some of your history or gallery, then try "
            "again.",
            field="photo",
            status=413,
        )


def in_megabytes(size: int) -> str:
    """Return a number of bytes in words: MB, or GB from a thousand of them."""
    if size >= 1_000_000_000:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.1f} MB"

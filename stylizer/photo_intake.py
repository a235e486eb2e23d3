"""Taking an uploaded photo in: checked, stored as it was sent, with a small copy to show."""

from __future__ import annotations

import hashlib
import re

from django.contrib.auth.models import User
from django.core.files.base import ContentFile, File

from mlcore.image_io import encode_image
from stylizer.files import delete_files
from stylizer.models import Photo
from stylizer.photo_validators import CheckedPhoto, check_photo
from stylizer.quota import check_quota

NAME_LENGTH = 100


def take_in(owner: User, upload: File[bytes] | None) -> Photo:
    """Return the stored photo; it stays for a day, and for as long as a job uses it.

    Raises:
        Rejected: it cannot be accepted; nothing is stored then.
    """
    checked = check_photo(upload)
    assert upload is not None  # noqa: S101  # check_photo refuses None
    return store_photo(owner, upload, checked)


def store_photo(owner: User, upload: File[bytes], checked: CheckedPhoto) -> Photo:
    """Store a photo that :func:`stylizer.photo_validators.check_photo` found good.

    Raises:
        Rejected: it is more than the server keeps for one person; nothing is stored then.
    """
    check_quota(owner, upload.size)
    photo = Photo(
        owner=owner,
        name=shown_name(upload.name),
        byte_size=upload.size,
        sha256=_sha256(upload),
        width=checked.width,
        height=checked.height,
        before_width=checked.before.width,
        before_height=checked.before.height,
    )
    try:
        # Outside a transaction: on SQLite it holds the only write lock, and a photo takes a while to write.
        photo.file.save("photo", upload, save=False)
        photo.before.save("before", ContentFile(encode_image(checked.before, quality=88)), save=False)
        photo.save(force_insert=True)
    except BaseException:
        delete_files(photo.file, photo.before)
        raise
    return photo


def shown_name(name: str | None) -> str:
    """Return a sender's file name as it may be shown: without folders and what cannot be printed, not too long."""
    last = re.split(r"[/\\]", name or "")[-1]
    return "".join(character for character in last if character.isprintable()).strip()[:NAME_LENGTH]


def _sha256(upload: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()

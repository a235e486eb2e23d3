"""A backup holds all that an installation is; restored into an empty one, it is that installation again."""

from __future__ import annotations

import functools
import gzip
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.backup import contents
from accounts.backup.read import BackupError, check_backup
from accounts.models import ApiToken
from gallery.models import Album, AlbumEntry, Artwork, Star
from nstsite.env import PROJECT_DIR
from stylizer.deletion import delete_job
from stylizer.models import Stylization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _lived_in(alice: User, bob: User, alices_artwork: Artwork) -> None:
    """An installation with something of every kind: files, links between people, rights, what staff did."""
    Star.objects.create(user=bob, artwork=alices_artwork)
    album = Album.objects.create(owner=alice, name="Sea 🌊")
    AlbumEntry.objects.create(album=album, artwork=alices_artwork)
    ApiToken.issue(alice, name="frame", days=None)
    editors = Group.objects.create(name="Editors")
    editors.permissions.add(Permission.objects.get(codename="change_style"))
    bob.groups.add(editors)
    LogEntry.objects.create(
        user=bob, content_type=ContentType.objects.get_for_model(Artwork), object_id="1", object_repr="a", action_flag=2
    )


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """The data folder of an installation that is the tests' own, for programs to work in."""
    folder = tmp_path / "live"
    folder.mkdir()
    (folder / "easel.sqlite3").symlink_to(connection.settings_dict["NAME"])
    (folder / "media").symlink_to(settings.MEDIA_ROOT)
    (folder / "secret_key.txt").write_text(settings.SECRET_KEY)
    return folder


def manage(data_dir: Path, *arguments: str, database: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command as an administrator does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EASEL_")}
    environ |= {"EASEL_DATA_DIR": str(data_dir), "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "nstsite.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT_DIR,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def backup(live: Path, path: Path, *options: str) -> Path:
    # On PostgreSQL the program finds the tests' database by its address.
    address, name = os.environ.get("DATABASE_URL", ""), connection.settings_dict["NAME"]
    run = manage(live, "backup", str(path), *options, database=address and f"{address.rpartition('/')[0]}/{name}")
    assert run.returncode == 0, run.stderr
    return path


def parts(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        found = {entry.name: archive.extractfile(entry).read() for entry in archive}
    found[contents.DATABASE] = b"".join(sorted(gzip.decompress(found[contents.DATABASE]).splitlines(keepends=True)))
    return found


def rewritten(path: Path, change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes] | None]) -> Path:
    """Return a copy of a backup in which some parts are not what they were."""
    changed = path.with_name("changed.tar")
    with tarfile.open(path) as archive, tarfile.open(changed, "w") as out:
        for entry in archive:
            if (pair := change(entry, archive.extractfile(entry).read())) is not None:
                entry, content = pair
                entry.size = len(content)
                out.addfile(entry, io.BytesIO(content))
    return changed


@pytest.mark.usefixtures("_lived_in")
def test_what_was_restored_is_what_was_there(live: Path, tmp_path: Path) -> None:
    first = backup(live, tmp_path / "first.tar")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    elsewhere = tmp_path / "elsewhere"
    run = manage(elsewhere, "restore", str(first))
    assert run.returncode == 0, run.stderr
    assert "2 accounts" in run.stdout
    assert (elsewhere / "secret_key.txt").read_text().strip() == settings.SECRET_KEY, "seals webhooks' secrets"
    assert stat.S_IMODE((elsewhere / "secret_key.txt").stat().st_mode) == 0o600
    again = manage(elsewhere, "backup", str(tmp_path / "second.tar"))
    assert again.returncode == 0, again.stderr
    before, after = parts(first), parts(tmp_path / "second.tar")
    assert before.keys() == after.keys()
    pictures = [name for name in before if name.startswith(contents.MEDIA)]
    assert len(pictures) > 8
    for name in (contents.DATABASE, contents.KEY, *pictures):
        assert before[name] == after[name], name
    signed_in = manage(
        elsewhere,
        "shell",
        "-c",
        "from django.contrib.auth import authenticate; from django.contrib.auth.models import User;"
        "from stylizer.models import Stylization; bob = User.objects.get(username='bob');"
        "print('rights:', bob.groups.get().permissions.get().codename, Stylization.objects.get().result.size)",
    )
    assert "rights: change_style" in signed_in.stdout, signed_in.stderr
    refused = manage(elsewhere, "restore", str(first))
    assert refused.returncode == 1
    assert "has 2 users already" in refused.stderr


DAMAGES = {
    "a byte": "are not what was written",
    "a part less": "are not what was written",
    "cut off": "no backup of Easel",
    "no tar": "no backup of Easel",
    "climbs out": "which no backup has",
    "a link": "which no backup has",
    "newer": "Use the version that made it",
}


@pytest.mark.usefixtures("_lived_in")
def test_a_damaged_backup_is_refused(live: Path, tmp_path: Path, subtests: pytest.Subtests) -> None:
    whole = backup(live, tmp_path / "b.tar")
    assert check_backup(whole)["missing"] == []
    for damage, words in DAMAGES.items():
        with subtests.test(damage):
            path = tmp_path / "changed.tar"
            if damage == "no tar":
                path.write_bytes(b"Dear Theo" * 1000)
            elif damage == "cut off":
                path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
            else:
                path = rewritten(whole, functools.partial(_damaged, damage))
            with pytest.raises(BackupError, match=words):
                check_backup(path)
            if damage == "a byte":
                home = tmp_path / damage
                run = manage(home, "restore", str(path))
                assert run.returncode == 1
                assert words in run.stderr
                assert "Traceback" not in run.stderr
                assert [found for found in (home / "media").rglob("*") if found.is_file()] == []


def _damaged(damage: str, entry: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes] | None:
    is_picture = entry.name.startswith(contents.MEDIA + "artworks/")
    if damage == "a part less" and is_picture:
        return None
    if damage == "a byte" and is_picture:
        return entry, bytes([content[0] ^ 1]) + content[1:]
    if damage == "climbs out" and is_picture:
        entry.name = contents.MEDIA + "../../escaped"
    if damage == "a link" and is_picture:
        entry.type, entry.linkname, content = tarfile.SYMTYPE, "/etc/passwd", b""
    if damage == "newer" and entry.name == contents.MANIFEST:
        content = json.dumps(json.loads(content) | {"format_version": 99}).encode()
    return entry, content


@pytest.mark.usefixtures("_lived_in")
def test_of_another_version_it_says_which_way_round(live: Path, tmp_path: Path) -> None:
    def newer(entry: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if entry.name == contents.MANIFEST:
            manifest = json.loads(content)
            manifest["migrations"].append("gallery.9999_of_tomorrow")
            content = json.dumps(manifest).encode()
        return entry, content

    run = manage(tmp_path / "home", "restore", str(rewritten(backup(live, tmp_path / "b.tar"), newer)))
    assert run.returncode == 1
    assert "a newer version" in run.stderr
    assert "gallery.9999_of_tomorrow" in run.stderr


def test_while_people_go_on_every_file_that_a_row_names_is_there(
    alice: User,
    queue_photo: Callable[..., Stylization],
    finish: Callable[[Stylization], Stylization],
    live: Path,
    tmp_path: Path,
) -> None:
    """Rows and files come and go while the backup is made; what is in it belongs together."""
    stop = threading.Event()
    for _ in range(24):
        finish(queue_photo(alice))

    def go_on() -> None:
        try:
            while not stop.wait(0.1):  # each lives for seconds, as anywhere but in a test
                finish(queue_photo(alice))
                delete_job(Stylization.objects.order_by("created_at")[0])
        finally:
            connection.close()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        paths = [backup(live, tmp_path / f"{number}.tar") for number in range(2)]
    finally:
        stop.set()
        thread.join()
    for path in paths:
        manifest = json.loads(parts(path)[contents.MANIFEST])
        assert manifest["missing"] == []
        assert manifest["rows"]["stylizer.Stylization"] >= 24
    assert manage(tmp_path / "home", "restore", str(paths[-1])).returncode == 0


def test_a_file_that_is_there_is_not_replaced_unasked(live: Path, alice: User, tmp_path: Path) -> None:
    path = tmp_path / "b.tar"
    path.write_text("of last week")
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(path))
    assert path.read_text() == "of last week"
    backup(live, path, "--force")
    assert tarfile.is_tarfile(path)


def test_where_it_cannot_be_written_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", str(tmp_path / "no such folder" / "b.tar"))
    assert list(tmp_path.iterdir()) == []


def test_every_model_is_kept_or_left_out_by_name() -> None:
    kept = {model._meta.label for model in contents.kept_models()}
    every = {model._meta.label for model in apps.get_models() if not model._meta.proxy}
    assert kept | contents.LEFT_OUT >= every
    assert not kept & contents.LEFT_OUT
    assert not [name for name in contents.LEFT_OUT if name.startswith("gallery.")]

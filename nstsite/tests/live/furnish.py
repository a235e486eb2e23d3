"""Fill a live site with what its pages show; prints one JSON object: ``sessions`` (who → cookie) and ``things``.

Run in a process of its own, with the site's settings: ``python -m nstsite.tests.live.furnish [--painted]``.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nstsite.settings")
django.setup()

from allauth.account.forms import default_token_generator  # noqa: E402
from allauth.account.models import EmailAddress, EmailConfirmationHMAC  # noqa: E402
from allauth.account.utils import user_pk_to_url_str  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import ApiToken, Invitation  # noqa: E402
from gallery.models import Album, AlbumEntry, Artwork, Report, UnlistedLink  # noqa: E402
from gallery.models.report import Reason  # noqa: E402
from gallery.saving import save_artwork  # noqa: E402
from gallery.starring import star  # noqa: E402
from gallery.trash import move_to_trash  # noqa: E402
from nstsite.tests.live.program import PASSWORD  # noqa: E402
from nstsite.tests.live.supply import Drawn, Painted, Supply  # noqa: E402
from stylizer import job_lifecycle  # noqa: E402
from stylizer.enqueue import enqueue, enqueue_all  # noqa: E402
from stylizer.models import Batch, IntakeKind, Style, Stylization  # noqa: E402
from stylizer.paint_choices import DEFAULTS  # noqa: E402
from stylizer.start_intake import start_intake  # noqa: E402
from stylizer.tests import pictures  # noqa: E402
from stylizer.tests.painted_by_hand import paint_by_hand  # noqa: E402

SUPPLY: Supply = Painted() if "--painted" in sys.argv[1:] else Drawn()


def queued(owner: User, turn: int = 0) -> Stylization:
    styles = list(Style.objects.published())
    return enqueue(owner, upload(turn), styles[turn % len(styles)], dataclasses.replace(DEFAULTS, size=512))


def upload(turn: int) -> SimpleUploadedFile:
    name, photo = SUPPLY.photo(turn)
    return SimpleUploadedFile(f"{name}.jpg", pictures.encoded(photo), "image/jpeg")


def painted(owner: User, turn: int) -> Stylization:
    job = queued(owner, turn)
    return paint_by_hand(job, SUPPLY.painting(turn, job.style))


def kept(owner: User, turn: int, *, is_public: bool = False) -> Artwork:
    artwork = save_artwork(painted(owner, turn))
    artwork.title = f"{SUPPLY.photo(turn)[0]}, number {turn}"
    if is_public:
        artwork.is_public, artwork.published_at = True, timezone.now()
    artwork.save()
    return artwork


def batch(owner: User) -> Batch:
    styles = list(Style.objects.published())[:2]
    (found,) = {job.batch for job in enqueue_all(owner, [upload(0), upload(1)], [], styles, DEFAULTS)}
    assert found is not None
    return found


def jobs_in_every_state(owner: User) -> dict[str, Stylization]:
    jobs = {"painted": painted(owner, 0)}
    jobs["failed"] = queued(owner)
    claimed = job_lifecycle.claim("easel")
    assert claimed is not None
    job_lifecycle.fail(claimed, "out_of_memory", "This painting needs more memory than the server has.")
    jobs["cancelled"] = queued(owner)
    job_lifecycle.cancel(jobs["cancelled"])
    jobs["running"] = queued(owner)
    claimed = job_lifecycle.claim("easel")
    assert claimed is not None
    job_lifecycle.renew(claimed, progress=40)
    jobs["waiting"] = queued(owner)
    return jobs


def around(public: Artwork, owner: User, other: User) -> dict[str, str]:
    """Put works into an album and into the trash, star and report one, and make an unlisted link."""
    album = Album.objects.create(owner=owner, name="Seaside")
    for artwork in Artwork.objects.filter(owner=owner)[:5]:
        AlbumEntry.objects.create(album=album, artwork=artwork)
        star(owner, artwork)
    star(other, public)
    deleted = [kept(owner, turn).pk for turn in range(3)]
    move_to_trash(Artwork.objects.filter(pk__in=deleted))
    report = Report.objects.create(artwork=public, reporter=other, reason=Reason.RIGHTS, text="This is my photo.")
    link = UnlistedLink.objects.create(artwork=public)
    return {"album": str(album.pk), "report": str(report.pk), "link": link.token}


def session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def furnish() -> dict[str, dict[str, str]]:
    """Make the cast and their things."""
    alice, charlie = (User.objects.create_user(name, password=PASSWORD) for name in ("alice", "charlie"))
    bob = User.objects.create_superuser("bob", "bob@example.org")
    address = EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)

    ApiToken.issue(alice, name="The kitchen's picture frame", days=30)
    Invitation.issue(bob, email="dora@example.org")

    private = kept(alice, SUPPLY.artworks + 1)
    for turn in range(SUPPLY.artworks):
        public = kept(alice, turn, is_public=True)
    things = around(public, alice, charlie)
    jobs = jobs_in_every_state(alice)
    things["batch"] = str(batch(alice).pk)
    things["intake"] = str(start_intake(IntakeKind.MEASURE, bob, style=public.style).pk)
    things |= {name: str(job.pk) for name, job in jobs.items()}
    things |= {"private": str(private.pk), "public": str(public.pk)}
    things |= {"style": public.style.slug, "style_pk": str(public.style.pk)}
    sessions = {user.username: session(user) for user in (alice, bob, charlie)}
    alice.refresh_from_db()  # the key for a new password holds until the next time she signs in
    things |= {
        "uid": user_pk_to_url_str(alice),
        "reset_key": default_token_generator.make_token(alice),
        "email_key": EmailConfirmationHMAC(address).key,
    }
    return {"sessions": sessions, "things": things}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(furnish()) + "\n")

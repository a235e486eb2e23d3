"""A checkpoint's way into the catalog: checked, measured, previewed and stored by a worker, with its progress shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from mlcore.preview_photos import PREVIEW_PHOTOS
from stylizer import intake_lifecycle
from stylizer.models import IntakeKind, IntakeState, Style, StyleIntake
from stylizer.run_intake import run_intake
from stylizer.start_intake import start_intake
from stylizer.style_measurement import Measurement, measure_style
from stylizer.tasks import paint_next, sweep, take_in_next
from stylizer.tests import pictures
from stylizer.tests.catalog_pages import ADD, UDNIE, change, children, saved, send, take_in
from stylizer.tests.queue_messages import forget_messages, messages
from stylizer.tests.traces import named_files, stored_files

pytestmark = pytest.mark.usefixtures("one_transaction")


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory, style_file: bytes) -> Measurement:
    """What a real child process measures of a style that comes with Easel."""
    return measure_style(UDNIE, tmp_path_factory.mktemp("previews"))


@pytest.fixture
def measured_before(measured: Measurement, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the time where what comes after measuring is tested."""
    monkeypatch.setattr("stylizer.run_intake.measure_style", lambda *_: measured)


def test_a_good_checkpoint_becomes_a_style_people_can_pick(
    as_bob: Client, bob: User, alice: User, anyone: Client, queue_photo: Callable, style_file: bytes
) -> None:
    Style.objects.all().delete()  # the fixture's; its files stay
    left = stored_files()
    painting = SimpleUploadedFile("painting.png", pictures.encoded(pictures.photo(1500, 900), "PNG"))
    response = send(as_bob, ADD, UDNIE.read_bytes(), style_image_upload=painting, is_featured="on", artist="Picabia")
    assert response.status_code == 302, response.context["adminform"].form.errors
    waiting = as_bob.get(response.url).content.decode()
    assert "Waiting for a worker" in waiting
    assert f'hx-get="{response.url.replace("change", "progress")}"' in waiting
    assert not Style.objects.exists(), "there is no style before it was checked"
    before = children()
    intake = take_in(response)
    assert children() == before
    assert intake.reason == "Every check was passed; the style is published."
    assert (intake.state, intake.percent, intake.requested_by) == ("done", 100, bob)

    style = Style.objects.get()
    assert intake.style == style
    words = (style.slug, style.name, style.artist, style.licence, style.position, style.is_featured)
    assert words == ("waves", "Waves", "Picabia", "CC0", 3, True)
    assert style.standing == "published"
    assert style.engine
    assert style.ms_per_megapixel > 0
    assert style.mb_per_megapixel > 0
    assert style.artefacts.keys() == {"saturated", "channel_deviation", "checkerboard"}
    assert style.faults == []
    assert style.profiled_at is not None
    assert [preview.photo for preview in style.samples.all()] == list(PREVIEW_PHOTOS)
    assert stored_files() - left == named_files(), "the upload is gone"
    with style.style_image.open("rb") as file, Image.open(file) as image:
        assert (image.format, image.size) == ("JPEG", (1000, 600))
    decision = style.decisions.get()
    assert (decision.verb, decision.decided_by, decision.reason) == ("publish", bob, "Every check was passed.")

    assert anyone.get(style.preview_url).getvalue()
    page = as_bob.get(change(style)).content.decode()
    for kind in ("style_image", *PREVIEW_PHOTOS):
        assert f"picture/?of={kind}" in page
        assert as_bob.get(f"/admin/stylizer/style/{style.pk}/picture/?of={kind}").getvalue()[:2] == b"\xff\xd8"
    job = queue_photo(alice, style=style)
    assert paint_next() == str(job.pk)
    job.refresh_from_db()
    assert job.status == "succeeded", "the stored file paints"


def test_a_style_of_the_pytorch_examples_is_converted(as_bob: Client, measured_before: None) -> None:
    from mlcore.tests.examples_network import examples_state

    theirs = {"model": {f"module.{key}": value for key, value in examples_state().items()}}
    assert take_in(send(as_bob, ADD, saved(theirs))).state == "done"
    content = Path(Style.objects.get().checkpoint.path).read_bytes()
    assert b'"architecture_args":"{\\"output\\": \\"linear\\"}"' in content[:1000]


def test_a_network_with_a_fault_goes_into_quarantine(as_bob: Client, alice: User, anyone: Client) -> None:
    from mlcore.checkpoint import load_style

    network, _ = load_style(UDNIE)
    network.conv_out.weight[1] = 0
    intake = take_in(send(as_bob, ADD, saved(network.state_dict())))
    assert intake.state == "done"
    assert intake.reason.startswith("In quarantine: A colour channel is dead")
    style = Style.objects.get()
    assert (style.standing, style.is_published) == ("quarantined", False)
    assert style.quarantine_reason == " ".join(style.faults)
    assert style not in Style.objects.published()
    assert anyone.get(style.preview_url).status_code == 404
    assert as_bob.get(f"/admin/stylizer/style/{style.pk}/picture/").getvalue(), "staff can look at it"
    assert style.quarantine_reason in as_bob.get(change(style)).content.decode()


def test_it_may_be_taken_in_without_being_published(as_bob: Client, measured_before: None, style_file: bytes) -> None:
    take_in(send(as_bob, ADD, style_file, publish=""))
    assert Style.objects.get().standing == "unpublished"


def test_the_same_weights_are_not_taken_twice(as_bob: Client, noise: Style, style_file: bytes) -> None:
    files = stored_files()
    intake = take_in(send(as_bob, ADD, style_file))
    assert (intake.state, intake.reason_code) == ("refused", "style_known")
    assert "as Noise (noise)" in intake.reason
    assert stored_files() == files


def test_a_slug_that_was_promised_is_not_given_again(
    as_bob: Client, make_style, measured_before: None, style_file: bytes
) -> None:
    first = send(as_bob, ADD, style_file)
    second = send(as_bob, ADD, UDNIE.read_bytes())
    assert second.context["adminform"].form.errors == {"slug": ["A style with this slug is being checked just now."]}
    make_style("waves")  # from the command line
    files = stored_files()
    intake = take_in(first)
    assert (intake.state, intake.reason_code) == ("refused", "slug_taken")
    assert stored_files() == {name for name in files if not name.startswith("intakes/")}


@pytest.fixture
def intake(bob: User, style_file: bytes) -> StyleIntake:
    """A new style that waits."""
    entry = {"name": "Sea", "slug": "sea", "licence": "CC0"}
    return start_intake(IntakeKind.NEW, bob, entry=entry, upload=ContentFile(style_file, "sea.pth"))


def expire_leases() -> None:
    StyleIntake.objects.filter(state="running").update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_killed_worker_loses_nothing(intake: StyleIntake, measured_before: None) -> None:
    assert intake_lifecycle.claim("a worker that dies") is not None
    assert take_in_next() is None, "its lease still runs"
    expire_leases()
    assert take_in_next() == str(intake.pk)
    intake.refresh_from_db()
    assert (intake.state, intake.attempts) == ("done", 2)
    assert Style.objects.get().slug == "sea"


def test_the_third_lost_worker_ends_it_with_a_reason_and_without_files(intake: StyleIntake) -> None:
    for _ in range(3):
        assert intake_lifecycle.claim("a worker that dies") is not None
        assert stored_files()
        expire_leases()
        sweep()
    intake.refresh_from_db()
    assert (intake.state, intake.reason_code, intake.attempts) == ("failed", "worker_lost", 3)
    assert stored_files() == set()
    assert take_in_next() is None


def test_whoever_lost_the_lease_changes_nothing(intake: StyleIntake, measured_before: None) -> None:
    first = intake_lifecycle.claim("slow")
    assert first is not None
    expire_leases()
    assert intake_lifecycle.reap() == 1
    second = intake_lifecycle.claim("quick")
    before = StyleIntake.objects.values().get()
    run_intake(first)
    assert StyleIntake.objects.values().get() == before
    assert not Style.objects.exists()
    assert intake_lifecycle.renew(second)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_cancelling(as_bob: Client, as_charlie: Client, anyone: Client, intake: StyleIntake, state: str) -> None:
    claimed = intake_lifecycle.claim("worker") if state == "running" else None
    address = f"/admin/stylizer/styleintake/{intake.pk}/cancel/"
    for outsider in (anyone, as_charlie):
        assert outsider.post(address).status_code in (302, 404)
        intake.refresh_from_db()
        assert intake.state == state
    assert as_bob.get(address).status_code == 405
    assert as_bob.post(address).status_code == 302
    intake.refresh_from_db()
    assert (intake.state, stored_files()) == (IntakeState.CANCELLED, set())
    if claimed:
        run_intake(claimed)
        intake.refresh_from_db()
        assert intake.state == "cancelled"
    assert not Style.objects.exists()


def test_the_progress_reloads_the_page_at_the_end(as_bob: Client, as_charlie: Client, intake: StyleIntake) -> None:
    address = f"/admin/stylizer/styleintake/{intake.pk}/progress/"
    assert "HX-Refresh" not in as_bob.get(address).headers
    intake_lifecycle.cancel(intake)
    assert as_bob.get(address).headers["HX-Refresh"] == "true"
    assert as_charlie.get(address).status_code == 302
    assert as_bob.get("/admin/stylizer/styleintake/not-an-id/progress/").status_code == 404


def test_the_sweep_wakes_a_worker_for_one_whose_message_was_lost(
    intake: StyleIntake, django_capture_on_commit_callbacks
) -> None:
    forget_messages()
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert messages() == ["stylizer.tasks.take_in_next"]


def test_a_replacement_is_taken_whole(as_bob: Client, style: Style, measured_before: None, style_file: bytes) -> None:
    Style.objects.update(metrics={"ssim": 0.37})
    old = style.checkpoint_sha256
    intake = take_in(send(as_bob, change(style), style_file, name="Sea"))
    assert intake.reason == "Every check was passed; the style has its new file."
    style.refresh_from_db()
    assert style.checkpoint_sha256 != old
    assert (style.name, style.metrics, style.is_published) == ("Sea", {}, True)
    assert style.checkpoint.storage.exists(style.checkpoint.name)
    assert style.ms_per_megapixel is not None
    assert style.checkpoint.storage.exists(f"styles/{old}.safetensors"), "a job may be loading it"


def test_a_replacement_that_is_refused_keeps_the_old_file(as_bob: Client, style: Style) -> None:
    before, files = Style.objects.values().get(), stored_files()
    assert take_in(send(as_bob, change(style), b"no style", name="Sea")).state == "refused"
    words = {"name": "Sea", "licence": "CC0", "position": 3}
    assert Style.objects.values().get() == before | words, "the words were saved, the file was not"
    assert stored_files() == files


def test_measuring_again(as_bob: Client, style: Style, noise: Style, measured_before: None) -> None:
    data = {"action": "measure_again", "_selected_action": [str(style.pk), str(noise.pk)]}
    assert "2 will be measured" in as_bob.post("/admin/stylizer/style/", data, follow=True).content.decode()
    again = as_bob.post(f"/admin/stylizer/style/{style.pk}/measure/", follow=True).content.decode()
    assert "is being checked already" in again
    while take_in_next():
        pass
    for one in (style, noise):
        file = one.checkpoint_sha256
        one.refresh_from_db()
        assert one.profiled_at is not None
        assert one.checkpoint_sha256 == file
        assert one.is_published
        assert one.samples.count() == len(PREVIEW_PHOTOS)
    assert as_bob.post(f"/admin/stylizer/style/{style.pk}/measure/").status_code == 302, "it may be asked for again"
    assert take_in_next()
    assert style.samples.count() == len(PREVIEW_PHOTOS)


def test_a_style_that_cannot_be_measured_fails_with_a_reason(as_bob: Client, style: Style) -> None:
    as_bob.post(f"/admin/stylizer/style/{style.pk}/measure/")
    assert take_in_next()
    intake = StyleIntake.objects.get()
    assert (intake.state, intake.reason_code) == ("failed", "measuring_failed")
    assert "neither a safetensors file nor a PyTorch checkpoint" in intake.reason
    style.refresh_from_db()
    assert style.is_published

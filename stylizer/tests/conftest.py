"""What several tests of publishing need."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from stylizer.checkpoint_intake import VerifiedCheckpoint, verify_checkpoint


@pytest.fixture(scope="session")
def verified(style_file: bytes) -> VerifiedCheckpoint:
    """What the real verifier makes of the untrained style."""
    return verify_checkpoint(ContentFile(style_file))


@pytest.fixture
def verified_before(verified: VerifiedCheckpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the verifier's seconds where what comes after it is tested: its answer is the same every time."""
    monkeypatch.setattr("stylizer.publish_style.verify_checkpoint", lambda *_: verified)


@pytest.fixture
def one_transaction(settings: Settings) -> None:
    """Let the lease outlast the test: the thread that renews it would wait for the test's own transaction."""
    settings.EASEL_LEASE_SECONDS = 3600

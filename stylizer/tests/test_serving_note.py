"""The catalog says which engine serves a style and how far its paintings are from float32, once that is known."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stylizer.models import Style
from stylizer.serving_note import note_engine
from stylizer.tasks import paint_next
from stylizer.tests import pictures

PROJECT_DIR = Path(__file__).resolve().parents[2]
INT8 = SimpleNamespace(
    name="openvino",
    precision="int8",
    deviation=SimpleNamespace(mean_absolute_error=1.34, psnr=38.2, ssim=0.981),
)
FLOAT32 = SimpleNamespace(name="openvino", precision="float32")


def test_the_first_painting_tells(as_alice: Client, alice: User, noise: Style, queue_photo, anyone: Client) -> None:
    assert anyone.get("/api/v1/styles/noise/").json()["engine"] is None
    assert "float32" not in anyone.get("/styles/noise/").content.decode()
    queue_photo(alice, style=noise)
    assert paint_next()
    noise.refresh_from_db()
    assert noise.engine in {"torch", "openvino", "onnxruntime", "native"}
    assert noise.precision in {"float32", "float16", "int8"}
    told = anyone.get("/api/v1/styles/noise/").json()["engine"]
    assert (told["name"], told["precision"]) == (noise.engine, noise.precision)
    assert noise.engine_line in anyone.get("/styles/noise/").content.decode()


def test_a_deviation_is_told_to_everybody(anyone: Client, as_bob: Client, style: Style) -> None:
    note_engine(style, INT8)
    deviation = {"mean_absolute_error": 1.34, "psnr": 38.2, "ssim": 0.981}
    engine = {"name": "openvino", "precision": "int8", "deviation": deviation}
    assert anyone.get("/api/v1/styles/waves/").json()["engine"] == engine
    assert "OpenVINO, int8, differs by 1.3/255 from float32 on average" in anyone.get("/styles/waves/").content.decode()
    assert "openvino int8 (1.3/255)" in as_bob.get("/admin/stylizer/style/").content.decode()
    detail = as_bob.get(f"/admin/stylizer/style/{style.pk}/change/").content.decode()
    for text in ("openvino", "int8", "1.34", "38.2", "0.981"):
        assert text in detail


def test_what_is_no_news_is_not_written(style: Style) -> None:
    note_engine(style, INT8)
    style.refresh_from_db()
    with CaptureQueriesContext(connection) as queries:
        note_engine(style, INT8)
    assert len(queries) == 0
    note_engine(style, FLOAT32)
    style.refresh_from_db()
    assert (style.precision, style.deviation, style.deviation_psnr, style.deviation_ssim) == (
        "float32",
        None,
        None,
        None,
    )


def test_another_file_is_not_told_what_was_measured_with_the_old_one(style: Style) -> None:
    held_by_a_worker = Style.objects.get()
    note_engine(style, INT8)
    style.store_files(b"another file", pictures.jpeg())
    style.save()
    assert (style.engine, style.precision, style.deviation, style.engine_line) == ("", "", None, "")
    note_engine(held_by_a_worker, INT8)
    style.refresh_from_db()
    assert (style.engine, style.deviation, style.deviation_ssim) == ("", None, None)


PAINT_WITHOUT_TORCH = """
import functools, sys
from pathlib import Path
from types import SimpleNamespace
import django
django.setup()
from stylizer import engine_cache, run_job
loaded = lambda: {name.split(".")[0] for name in sys.modules} & {"torch", "openvino", "onnxruntime"}
assert not loaded(), loaded()
engine_cache.note_engine = lambda style, engine: None  # there is no database here
engine_cache.open_engine = functools.partial(engine_cache.open_engine, engine="openvino")
from stylizer.models import Photo, Style, Stylization
style = Style(name="Noise", checkpoint="style.safetensors", checkpoint_sha256="0" * 64)
job = Stylization(style=style, photo=Photo(file="photo", width=64, height=48), size=64, format="PNG")
job.lease_token = "00000000-0000-4000-8000-000000000000"
engine = engine_cache.engine_for(style)
run_job._paint(job, engine, SimpleNamespace(report=lambda share: None))
print(job.result_width, job.result_height, *sorted(loaded()))
"""


def test_a_worker_needs_torch_only_where_torch_paints(tmp_path: Path, style_file: bytes) -> None:
    pytest.importorskip("openvino")
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "style.safetensors").write_bytes(style_file)
    (tmp_path / "media" / "photo").write_bytes(pictures.jpeg())
    environment = os.environ | {"EASEL_DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", PAINT_WITHOUT_TORCH],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["64", "48", "openvino"]

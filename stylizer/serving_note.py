"""Noting in the catalog which engine serves a style, and how far its paintings are from float32."""

from __future__ import annotations

from mlcore.engines.engine import Engine
from stylizer.models import Style


def note_engine(style: Style, engine: Engine) -> None:
    """Write what ``engine`` is to the style's row, if that is news.

    An int8 engine carries ``deviation``: what was measured against float32 when it was made.
    """
    measured = getattr(engine, "deviation", None)
    values = {
        "engine": engine.name,
        "precision": engine.precision,
        "deviation": getattr(measured, "mean_absolute_error", None),
        "deviation_psnr": getattr(measured, "psnr", None),
        "deviation_ssim": getattr(measured, "ssim", None),
    }
    if all(getattr(style, name) == value for name, value in values.items()):
        return
    # With the file's hash: an administrator may have replaced the file while this engine was opened.
    Style.objects.filter(pk=style.pk, checkpoint_sha256=style.checkpoint_sha256).update(**values)
    for name, value in values.items():
        setattr(style, name, value)

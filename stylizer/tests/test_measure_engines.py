from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from stylizer.models import Style


def measured(**options: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("measure_engines", stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_it_notes_what_serves_each_published_style(noise: Style) -> None:
    out, err = measured()
    noise.refresh_from_db()
    assert noise.engine
    assert noise.precision
    assert f"{noise.slug}: {noise.engine_line}" in out
    assert not err


@pytest.mark.django_db
def test_only_new_styles_are_opened_where_asked(style: Style) -> None:
    Style.objects.update(engine="native", precision="float32")
    assert measured(new=True) == ("", "")
    Style.objects.update(is_published=False, engine="")
    assert measured(new=True) == ("", "")


@pytest.mark.django_db
def test_a_style_that_cannot_be_opened_is_named_and_the_others_go_on(style: Style, noise: Style) -> None:
    out, err = measured()
    assert f"{style.slug}: The file of the style {style.name} is missing or damaged" in err
    style.refresh_from_db()
    assert not style.engine
    assert f"{noise.slug}: " in out

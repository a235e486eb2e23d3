"""Several workers on one database share the jobs: each is painted by exactly one of them."""

from __future__ import annotations

from collections.abc import Callable

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import Program
from nstsite.tests.live.waiting import wait_for

SIZES = (64, 80, 96, 128)


def test_two_workers_paint_every_job_of_two_people_once(
    new_site: Callable[..., LiveSite], program: Callable[..., Program]
) -> None:
    site = new_site()
    site.start_web()
    # Both are up before the first photo comes, so that both take some of the eight.
    for _ in range(2):
        site.start_worker()
    programs = [program(site, "alice"), program(site, "charlie")]
    content = photo(160, 120)
    sent = [{one.submit(content, size)["id"]: size for size in SIZES} for one in programs]

    wait_for("the end of all jobs", lambda: all(row.finished_at for row in site.jobs()))
    rows = site.jobs()
    assert len(rows) == 8
    assert {row.status for row in rows} == {"succeeded"}
    assert {row.attempts for row in rows} == {1}
    assert len({row.worker for row in rows}) == 2
    for one, sizes in zip(programs, sent, strict=True):
        assert {job["id"] for job in one.list()} == set(sizes)
        for pk, size in sizes.items():
            row = site.job(pk)
            assert (row.result_width, row.result_height) == (size, size * 3 // 4)
            assert len(site.files_of(pk)) == 3

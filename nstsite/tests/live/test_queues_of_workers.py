"""A worker for large paintings beside one for the others: each has its own, until one of them stops."""

from __future__ import annotations

from collections.abc import Callable

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.program import Program
from nstsite.tests.live.waiting import wait_for

SMALL, LARGE = 96, 1200


def test_each_paints_its_own_and_what_the_other_leaves(
    new_site: Callable[..., LiveSite], program: Callable[..., Program]
) -> None:
    site = new_site(EASEL_GPU_MEGAPIXELS="1")
    site.start_web()
    cpu = site.start_worker()
    gpu = site.start_worker(EASEL_QUEUE="gpu")
    alice = program(site, "alice")
    content = photo(160, 160)

    def paint(size: int) -> str:
        return str(alice.submit(content, size)["id"])

    def painters(*keys: str) -> list[int]:
        wait_for("the paintings", lambda: all(site.job(key).finished_at for key in keys))
        assert {site.job(key).status for key in keys} == {"succeeded"}
        return [int(site.job(key).worker.split(":")[1]) for key in keys]

    wait_for("both to be heard of", lambda: site.count("stylizer_workerheartbeat") == 2)
    small, large, other = paint(SMALL), paint(LARGE), paint(SMALL)
    assert painters(small, large, other) == [cpu.pid, gpu.pid, cpu.pid]

    gpu.ask_to_stop()
    gpu.wait_until_gone()
    assert painters(paint(LARGE)) == [cpu.pid]

"""A site behind the shipped nginx file, looked at as by somebody who looks for holes.

``make test-owasp`` does this alone; a table of what was asked stands at the end of its output.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nstsite.tests.live.nginx import Nginx
from nstsite.tests.live.owasp import CHECKS
from nstsite.tests.live.owasp_cast import Cast


@pytest.fixture(scope="module")
def cast(nginx: Nginx) -> Cast:
    nginx.site.may_log_tracebacks = True  # one for each request that was refused as malformed
    return Cast.set_up(nginx)


@pytest.fixture(scope="module")
def table(pytestconfig: pytest.Config) -> Iterator[list[str]]:
    lines = ["", f"{'check':<20}{'asked':>8}{'wrong':>8}"]
    yield lines
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line("\n".join(lines))


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_found(cast: Cast, table: list[str], check: str) -> None:
    before = cast.asked
    wrong = CHECKS[check](cast)
    table.append(f"{check:<20}{cast.asked - before:>8}{len(wrong):>8}")
    assert wrong == []

"""In continuous integration a skipped test is a failure, unless it is on a list."""

from __future__ import annotations

import os

import pytest

PERMITTED_SKIPS: dict[str, str] = {}
"""Node id → why the test cannot run there."""


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run where CI is set and a test was skipped that is not on the list.

    Where tests run beside each other, the process that reports them has what all others skipped.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("CI") or reporter is None:
        return
    skipped = [report.nodeid for report in reporter.stats.get("skipped", []) if not hasattr(report, "wasxfail")]
    if refused := sorted(set(skipped) - PERMITTED_SKIPS.keys()):
        reporter.ensure_newline()
        reporter.section("skipped, but must run in CI", red=True)
        for nodeid in refused:
            reporter.line(nodeid, red=True)
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

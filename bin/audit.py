"""Look for known weaknesses in the pinned packages; for ``make check``.

pip-audit asks a public database. Where that cannot be reached it calls every package unknown and the whole "fine", so
its report is read here: what was not audited is said, and only a weakness that was found fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).resolve().parent.parent
SECONDS = 120


def judge(report: dict[str, Any]) -> tuple[int, list[str]]:
    """Return the exit status and what to say of a report of pip-audit's in JSON."""
    packages = report["dependencies"]
    skipped = [package for package in packages if "skip_reason" in package]
    weak = [package for package in packages if package.get("vulns")]
    lines = []
    for package in weak:
        for weakness in package["vulns"]:
            mended = ", ".join(weakness["fix_versions"]) or "no version yet"
            lines.append(f"error: {package['name']} {package['version']}: {weakness['id']}, mended in {mended}.")
    if weak:
        lines.append("Pin a mended version in requirements.txt or requirements-dev.txt.")
    if skipped and len(skipped) == len(packages):
        lines.append("The database of known weaknesses cannot be reached from here: no package was audited.")
    elif skipped:
        lines.append(f"Not audited, for the database does not know them: {', '.join(one['name'] for one in skipped)}.")
    if not weak and len(skipped) < len(packages):
        lines.append(f"{len(packages) - len(skipped)} packages audited, no known weakness.")
    return (1 if weak else 0), lines


def main() -> int:
    """Audit; 0 unless a weakness is known."""
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--timeout", "5"]
    command += ["--format", "json", "--progress-spinner", "off"]
    for name in ("requirements.txt", "requirements-dev.txt"):
        command += ["--requirement", str(PROJECT_DIR / name)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        report = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        sys.stdout.write("The database of known weaknesses cannot be reached from here: no package was audited.\n")
        return 0
    status, lines = judge(report)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return status


if __name__ == "__main__":
    sys.exit(main())

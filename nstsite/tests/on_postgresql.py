"""The tests of the web application once more, on servers of their own as a large installation has: PostgreSQL, Redis.

    python -m nstsite.tests.on_postgresql [what pytest is to be told]

Left out are the tests under nstsite/tests/live, which start whole installations and choose their servers themselves,
and those of mlcore and of the client, which know no database.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nstsite.tests.live import postgresql, redis_server

FOLDERS = ["stylizer/tests", "gallery/tests", "accounts/tests", "nstsite/tests"]
OPTIONS = ["--ignore=nstsite/tests/live", "--numprocesses=auto", "--maxprocesses=8", "--dist=worksteal"]


def main() -> int:
    """Run, and return pytest's status; 2 where a server's programs are missing."""
    of_postgresql, of_redis = postgresql.programs(), redis_server.program()
    if of_postgresql is None or of_redis is None:
        missing = postgresql.MISSING if of_postgresql is None else redis_server.MISSING
        sys.stderr.write(f"error: {missing}\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, postgresql.running_cluster(of_postgresql) as address:
        redis = redis_server.RedisServer(of_redis, Path(folder))
        redis.start()
        try:
            environment = os.environ | {"DATABASE_URL": address, "REDIS_URL": redis.url}
            command = [sys.executable, "-m", "pytest", *OPTIONS, *FOLDERS, *sys.argv[1:]]
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            redis.stop()


if __name__ == "__main__":
    sys.exit(main())

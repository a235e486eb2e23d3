"""The project's settings with every file in a folder of its own, so that tests never touch a real installation.

pytest-django reads settings before any conftest.py, hence a module. DATABASE_URL is kept: tests then run in a test
database on that server. So is REDIS_URL, which names a server of the tests' own: each of their processes has one of its
databases to itself.
"""

import atexit
import os
import shutil
import tempfile

for _name in [name for name in os.environ if name.startswith("EASEL_")]:
    del os.environ[_name]
_folder = tempfile.mkdtemp(prefix="easel-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["EASEL_DATA_DIR"] = _folder

if _redis := os.environ.get("REDIS_URL"):
    _number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["REDIS_URL"] = f"{_redis.rpartition('/')[0]}/{_number}"

from nstsite.settings import *  # noqa: E402, F403
from nstsite.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

# Programs that tests start read the real settings, with the folder above or one that the test gives them.
os.environ["DJANGO_SETTINGS_MODULE"] = "nstsite.settings"

# A file, as in a real installation: the in-memory database locks whole tables between threads and knows no WAL.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
# The manifest is made by collectstatic, which tests do without.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir()
# Fast to compute, and so only fit for the passwords of tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# One thread each for painting: small pictures gain nothing from more, and a busy machine loses a lot.
EASEL_WORKERS = os.cpu_count() or 1

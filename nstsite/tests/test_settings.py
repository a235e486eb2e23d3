"""Settings come from the environment: typed, strict, and with one clear sentence for each mistake."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nstsite.env import PROJECT_DIR, Environment, SettingsError, read_environment
from nstsite.secret_key import read_or_create_secret_key


def test_nothing_set_is_safe() -> None:
    defaults = read_environment({"PATH": "/bin", "HOME": "/"})
    assert defaults == Environment()
    assert (defaults.debug, defaults.secret_key, defaults.https, defaults.trusted_proxies) == (False, "", False, 0)
    assert "*" not in defaults.allowed_hosts
    assert defaults.data_dir == PROJECT_DIR


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        *(("EASEL_DEBUG", text, "debug", True) for text in ("1", "true", "True", "yes", "on")),
        *(("EASEL_SMTP_TLS", text, "smtp_tls", False) for text in ("0", "false", "no", "off", " false ")),
        ("EASEL_SIGNUP", "invitation", "signup", "invitation"),
        ("EASEL_WORKERS", "3", "workers", 3),
        ("EASEL_SECRET_KEY", "a b,c", "secret_key", "a b,c"),
        ("EASEL_ALLOWED_HOSTS", "a.example, b.example,", "allowed_hosts", ["a.example", "b.example"]),
        ("EASEL_EMAIL_VERIFICATION", "mandatory", "email_verification", "mandatory"),
        ("EASEL_DATA_DIR", "/var/lib/easel/../easel", "data_dir", Path("/var/lib/easel")),
        ("EASEL_DATA_DIR", "~/easel", "data_dir", Path.home() / "easel"),
        ("DATABASE_URL", "postgres://u:p@host/name", "database_url", "postgres://u:p@host/name"),
        ("EASEL_WORKERS", "", "workers", 1),
        ("EASEL_WORKERS", "  ", "workers", 1),
    ],
)
def test_values_have_types(name: str, text: str, field: str, value: object) -> None:
    read = getattr(read_environment({name: text}), field)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("EASEL_DEBUG", "maybe"),
        ("EASEL_HTTPS", "2"),
        ("EASEL_WORKERS", "0"),
        ("EASEL_WORKERS", "-1"),
        ("EASEL_WORKERS", "two"),
        ("EASEL_WORKERS", "1.5"),
        ("EASEL_MAX_UPLOAD_MB", "40MB"),
        ("EASEL_SMTP_PORT", "70000"),
        ("EASEL_EMAIL_VERIFICATION", "sometimes"),
        ("EASEL_LOG_LEVEL", "LOUD"),
        ("EASEL_SIGNUP", "true"),
        ("EASEL_QUOTA_MB", "-1"),
        ("EASEL_MAX_PHOTO_MEGAPIXELS", "201"),
        ("EASEL_JOB_TIMEOUT_SECONDS", "5"),
        *(("EASEL_ACCEL_LOCATION", text) for text in ("protected", "/protected", "/a b/", "/../", "/", "http://x/")),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_environment({name: text})
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"{name}={text!r} cannot be used (")


def test_a_misspelt_name_stops_the_start_and_the_right_one_is_proposed() -> None:
    with pytest.raises(SettingsError, match=r"^EASEL_DEBUGG is not a setting of Easel; did you mean EASEL_DEBUG\?$"):
        read_environment({"EASEL_DEBUGG": "1"})
    with pytest.raises(SettingsError, match=r"^EASEL_QQQQQQQQQQ is not a setting of Easel\.$"):
        read_environment({"EASEL_QQQQQQQQQQ": "1"})


def test_a_name_of_before_stops_the_start_and_says_what_to_write() -> None:
    with pytest.raises(SettingsError, match=r"^EASEL_SIGNUP_OPEN is now EASEL_SIGNUP: in place of false write EASEL_S"):
        read_environment({"EASEL_SIGNUP_OPEN": "false"})


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "none"),
        ({"EASEL_SMTP_HOST": "mail.example"}, "optional"),
        ({"EASEL_SMTP_HOST": "mail.example", "EASEL_EMAIL_VERIFICATION": "mandatory"}, "mandatory"),
        ({"EASEL_SMTP_HOST": "mail.example", "EASEL_EMAIL_VERIFICATION": "none"}, "none"),
        ({"EASEL_EMAIL_VERIFICATION": "mandatory"}, "mandatory"),
    ],
)
def test_addresses_are_confirmed_where_there_is_a_mail_server(variables, expected: str, tmp_path: Path) -> None:
    code = "from nstsite import settings as s; print(s.ACCOUNT_EMAIL_VERIFICATION, *s.ACCOUNT_SIGNUP_FIELDS)"
    run = python(code, tmp_path, **variables)
    assert run.stdout.split()[0] == expected, run.stderr
    assert ("email*" in run.stdout.split()) == (expected == "mandatory")


def test_files_are_left_to_nginx_only_where_there_is_one() -> None:
    with pytest.raises(SettingsError, match=r"^EASEL_ACCEL_LOCATION has nginx send the files, .*EASEL_TRUSTED_PROXIES"):
        read_environment({"EASEL_ACCEL_LOCATION": "/protected/"})
    behind_it = read_environment({"EASEL_ACCEL_LOCATION": "/protected/", "EASEL_TRUSTED_PROXIES": "1"})
    assert behind_it.accel_location == "/protected/"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        read_environment({"EASEL_WORKERS": "two", "EASEL_DEBUG": "maybe", "EASEL_TYPO": "1"})
    assert len(str(error.value).splitlines()) == 3


def python(code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "EASEL_DATA_DIR": str(folder)} | variables
    return subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_DIR, env=environment, capture_output=True, text=True, timeout=120
    )


def test_the_program_stops_with_that_sentence_and_no_traceback(tmp_path: Path) -> None:
    run = python("import nstsite.settings", tmp_path, EASEL_WORKERS="two", EASEL_TYPO="1")
    assert run.returncode == 1
    assert run.stderr.startswith("Easel cannot start, its environment has mistakes:\nEASEL_WORKERS='two' cannot be")
    assert "Traceback" not in run.stderr
    assert "EASEL_TYPO is not a setting" in run.stderr
    assert list(tmp_path.iterdir()) == [], "nothing was made"


def test_the_data_folder_holds_database_media_and_key(tmp_path: Path) -> None:
    code = """if True:
        from nstsite import settings
        print(settings.DATABASES["default"]["NAME"], settings.MEDIA_ROOT, settings.SECRET_KEY, sep="\\n")
    """
    folder = tmp_path / "new" / "data"
    first, second = (python(code, folder) for _ in range(2))
    assert first.returncode == 0, first.stderr
    database, media, key = first.stdout.splitlines()
    assert (database, media) == (str(folder / "easel.sqlite3"), str(folder / "media"))
    assert len(key) >= 50
    assert second.stdout == first.stdout, "the key is kept"
    given = python(code, tmp_path / "other", EASEL_SECRET_KEY="given")
    assert given.stdout.splitlines()[2] == "given"
    assert not (tmp_path / "other" / "secret_key.txt").exists()


def test_a_database_url_selects_postgresql(tmp_path: Path) -> None:
    code = """if True:
        from nstsite.settings import DATABASES
        d = DATABASES["default"]
        print(d["ENGINE"], d["USER"], d["PASSWORD"], d["HOST"], d["PORT"], d["NAME"], sep="\\n")
    """
    run = python(code, tmp_path, DATABASE_URL="postgres://easel:s%40fe@db.example:5433/pictures")
    assert run.stdout.split() == [
        *("django.db.backends.postgresql", "easel", "s@fe", "db.example", "5433", "pictures")
    ], run.stderr


def test_sqlite_is_opened_for_many_processes(tmp_path: Path) -> None:
    code = "import json; from nstsite.settings import DATABASES; print(json.dumps(DATABASES['default']['OPTIONS']))"
    options = json.loads(python(code, tmp_path).stdout)
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] >= 5
    assert "journal_mode=WAL" in options["init_command"]


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret_key.txt"
    key = read_or_create_secret_key(path)
    assert len(key) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_create_secret_key(path) == key
    assert list(tmp_path.iterdir()) == [path], "no temporary file is left"
    path.unlink()
    assert read_or_create_secret_key(path) != key, "each installation has its own"


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    code = """if True:
        import pathlib, sys
        from nstsite.secret_key import read_or_create_secret_key
        folder = pathlib.Path(sys.argv[1])
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(50):
            print(read_or_create_secret_key(folder / f"key {number}"))
    """
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, cwd=PROJECT_DIR, **pipes) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    one, other = (process.communicate(timeout=60)[0] for process in processes)
    assert one == other
    assert len(set(one.split())) == 50
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"key {number}" for number in range(50))

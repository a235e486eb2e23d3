"""The files that installations are made with: units of systemd, the Dockerfile and the compose file.

No container is built here. What can be seen from the files is: that everything they name exists, that they start what
the Procfile starts, and that settings are settings.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from nstsite.env import PROJECT_DIR, variables
from nstsite.tests.live import nginx

UNITS = ("easel.service", "easel-web.service", "easel-worker.service")
MOST_EXPOSED = 20
"""Of 100, by systemd's own count; a service without any hardening has 96."""
DOCKERFILE = (PROJECT_DIR / "Dockerfile").read_text().replace("\\\n", " ")


def unit(name: str) -> str:
    return (PROJECT_DIR / "deploy" / "systemd" / name).read_text()


@pytest.fixture
def systemd_analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("No systemd-analyze here: sudo apt install systemd")
        pytest.skip("No systemd-analyze here, which this test needs: sudo apt install systemd")
    return program


def test_systemd_takes_the_units(systemd_analyze: str, tmp_path: Path) -> None:
    for name in UNITS:
        # systemd looks whether the programs are there.
        text = unit(name).replace("/opt/easel/app/.venv/bin/python", sys.executable)
        (tmp_path / name).write_text(text.replace("/opt/easel/app", str(PROJECT_DIR)))
    command = [systemd_analyze, "verify", "--recursive-errors=no", *(str(tmp_path / name) for name in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_may_do_little(systemd_analyze: str, name: str) -> None:
    path = PROJECT_DIR / "deploy" / "systemd" / name
    command = [systemd_analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_what_there_is(name: str) -> None:
    commands = re.findall(r"^ExecStart(?:Pre)?=/opt/easel/app/\.venv/bin/python (\S+)(.*)$", unit(name), re.MULTILINE)
    assert commands
    for program, arguments in commands:
        assert (PROJECT_DIR / program).is_file(), program
        if program == "bin/start.py":
            assert re.search(rf"^{arguments.strip()}: ", (PROJECT_DIR / "Procfile").read_text(), re.MULTILINE)
    assert "KillMode=mixed" in unit(name)


def copied() -> list[str]:
    """Return what the Dockerfile takes out of the checkout."""
    found = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return [source for line in found for source in line.split()]


def test_what_the_dockerfile_copies_is_there_and_not_ignored() -> None:
    lines = (PROJECT_DIR / ".dockerignore").read_text().splitlines()
    kept = [line[1:] for line in lines if line.startswith("!")]
    assert "*" in lines, "an image holds what is named and nothing else"
    sources = copied()
    assert {"bin", "stylizer", "requirements.txt", "deploy/nginx/easel.conf"} <= set(sources)
    for source in sources:
        assert (PROJECT_DIR / source).exists(), source
        assert source.split("/")[0] in kept, source
    packages = {path.parent.name for path in PROJECT_DIR.glob("*/__init__.py")}
    assert packages - {"load"} <= set(sources), "every package that a site needs is in the image"


def test_an_image_needs_no_file_of_the_tests() -> None:
    """They are left out of it by .dockerignore."""
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    outside = [name for name in tracked.stdout.split() if "/tests/" not in name and name != "conftest.py"]
    for name in outside:
        if name.split("/")[0] in copied() and name != "bin/screenshots.py":  # for those who develop
            assert not re.search(r"^(?:from|import) \S*\.tests\b", (PROJECT_DIR / name).read_text(), re.MULTILINE), name


def test_images_are_pinned_and_nobody_is_root() -> None:
    images = re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    assert images
    assert all(re.fullmatch(r"[a-z]+:\d+(\.\d+)+-\S+", image) for image in images), images
    for target in ("cpu", "cuda"):
        stage = DOCKERFILE.split(f" AS {target}\n")[1].split("\nFROM ")[0]
        assert "USER 10001:10001" in stage
        assert "HEALTHCHECK" in stage
        assert 'ENTRYPOINT [".venv/bin/python", "bin/start.py"]' in stage


def test_the_nginx_of_the_image_is_the_shipped_file_with_names_filled_in(tmp_path: Path) -> None:
    expressions = re.findall(r"-e '([^']+)'", DOCKERFILE.split("RUN sed")[1].split("\n")[0])
    assert len(expressions) == 3
    command = ["sed", *(part for text in expressions for part in ("-e", text)), str(nginx.SHIPPED)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "example.org" not in done.stdout
    assert "server_name ${SITE_NAME};" in done.stdout
    assert "server web:8000;" in done.stdout
    assert "ssl_certificate     /run/secrets/fullchain.pem;" in done.stdout
    assert done.stdout.count("${") == done.stdout.count("${SITE_NAME}")
    assert "alias /opt/easel/app/staticfiles/;" in done.stdout
    assert "alias /var/lib/easel/media/;" in done.stdout


@pytest.fixture
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((PROJECT_DIR / "compose.yaml").read_text()))


def test_services_may_do_little_and_tell_how_they_are(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or service["image"] == "easel:cpu", name
        assert not service.get("privileged"), name
    published = [name for name, service in compose["services"].items() if "ports" in service]
    assert published == ["nginx"]
    assert compose["networks"]["inside"]["internal"] is True


def test_the_compose_file_names_what_there_is(compose: dict[str, Any]) -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    processes = set(re.findall(r"^(\w+): ", (PROJECT_DIR / "Procfile").read_text(), re.MULTILINE))
    settings = variables()
    for name, service in compose["services"].items():
        if "build" in service:
            assert service["build"]["target"] in targets, name
        else:
            assert re.fullmatch(r"[a-z]+:\d+(\.\d+)?-\S+", service["image"]), name
        if service["image"] == "easel:cpu":
            program = service["command"][0]
            assert program in processes or (PROJECT_DIR / program).is_file(), program
            given = {variable.removesuffix("_FILE") for variable in service["environment"]}
            assert given <= set(settings), name
        for secret in service.get("secrets", []):
            assert compose["secrets"][secret]["file"] == f"./secrets/{secret}"
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"], name
        for other, condition in service.get("depends_on", {}).items():
            assert other in compose["services"], name
            if condition["condition"] == "service_healthy":
                assert not compose["services"][other].get("healthcheck", {}).get("disable"), other


def test_secrets_are_never_committed() -> None:
    ignored = (PROJECT_DIR / ".gitignore").read_text().splitlines()
    assert "/secrets/" in ignored
    kept = [line for line in (PROJECT_DIR / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert not any(fnmatch.fnmatch("secrets", line[1:]) for line in kept)


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "bin/start.py", *arguments]
    named = {"PATH": os.environ["PATH"]} | environment
    return subprocess.run(command, cwd=PROJECT_DIR, env=named, capture_output=True, text=True, timeout=200)


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    secret, data = tmp_path / "key", str(tmp_path / "data")
    secret.write_text("from a file, with a line's end\n")
    code = "from django.conf import settings; print(repr(settings.SECRET_KEY))"
    done = start(
        *("manage.py", "shell", "--no-imports", "-c", code), EASEL_SECRET_KEY_FILE=str(secret), EASEL_DATA_DIR=data
    )
    assert done.stdout.strip() == '"from a file, with a line\'s end"', done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ([], {}, "takes web, worker"),
        (["nothing"], {}, "takes web, worker"),
        (["nothing.py"], {}, "takes web, worker"),
        (["web"], {"DATABASE_URL_FILE": "/no/such/file"}, "DATABASE_URL_FILE=/no/such/file cannot be read"),
        (["web"], {"REDIS_URL_FILE": "/dev/null", "REDIS_URL": "redis://x"}, "REDIS_URL or REDIS_URL_FILE, not both"),
    ],
    ids=["nothing", "unknown process", "unknown program", "no such file", "given twice"],
)
def test_a_mistake_is_told_in_a_sentence(arguments: list[str], environment: dict[str, str], said: str) -> None:
    done = start(*arguments, **environment)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr

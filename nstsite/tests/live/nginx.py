"""nginx in front of a live site, configured by the very file that is shipped: other names, ports and folders in it."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nstsite.tests.live.free_port import free_port
from nstsite.tests.live.live_site import LiveSite
from nstsite.tests.live.process_group import PROJECT_DIR
from nstsite.tests.live.waiting import wait_for

MISSING = "No nginx here, which this test needs: sudo apt install nginx-light"
SHIPPED = PROJECT_DIR / "deploy" / "nginx" / "easel.conf"
HOST = "localhost"
MAIN = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    sendfile on;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/easel.conf;
}}
"""


def program() -> str | None:
    """Return nginx's program, which Debian keeps out of most people's path."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


class Nginx:
    """One server, and the site behind it."""

    def __init__(self, program: str, folder: Path, new_site: Callable[..., LiveSite]) -> None:
        self.folder = folder
        self.http_port, self.https_port = free_port(), free_port()
        self.url = f"https://{HOST}:{self.https_port}"
        self.site = new_site(
            EASEL_ALLOWED_HOSTS=f"{HOST},127.0.0.1",
            EASEL_HTTPS="true",
            EASEL_TRUSTED_PROXIES="1",
            EASEL_ACCEL_LOCATION="/protected/",
            # Only because of the port: in the shipped file it is the one that browsers leave out.
            EASEL_CSRF_TRUSTED_ORIGINS=self.url,
        )
        _make_certificate(folder)
        self.trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        (folder / "easel.conf").write_text(self._configuration())
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
        self._command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        self._process: subprocess.Popen[bytes] | None = None

    def _configuration(self) -> str:
        text = SHIPPED.read_text()
        for shipped, here in {
            "easel.example.org": HOST,
            "127.0.0.1:8000": f"127.0.0.1:{self.site.port}",
            f"/etc/letsencrypt/live/{HOST}/": f"{self.folder}/",
            "/opt/easel/app/staticfiles/": f"{PROJECT_DIR}/staticfiles/",
            "/var/lib/easel/media/": f"{self.site.data_dir}/media/",
            "/var/www/acme/": f"{self.folder}/acme/",
        }.items():
            assert shipped in text, f"{SHIPPED.name} has no {shipped} any more"
            text = text.replace(shipped, here)
        for number, port in ((80, self.http_port), (443, self.https_port)):
            text = re.sub(rf"listen {number}\b", f"listen 127.0.0.1:{port}", text)
            text = re.sub(rf"listen \[::\]:{number}\b", f"listen [::1]:{port}", text)
        if not _has_ipv6():
            text = re.sub(r"^ *listen \[::1\].*\n", "", text, flags=re.MULTILINE)
        return text

    def check(self) -> str:
        """Return what nginx says about its configuration."""
        done = subprocess.run([*self._command, "-t"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for("nginx", self._answers)

    def stop(self) -> None:
        """End it, with its workers."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "error.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.https_port), timeout=5).close()
        except OSError:
            return False
        return True


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )

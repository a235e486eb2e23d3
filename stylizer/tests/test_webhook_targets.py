"""Where messages are never sent: into the server's own house, by whatever name or detour."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.auth.models import User

from stylizer import tasks
from stylizer.models import Event, Stylization, Webhook, WebhookDelivery
from stylizer.rejections import Rejected
from stylizer.tests.receiver import Answered, Receiver, receiving
from stylizer.webhooks import post as posting
from stylizer.webhooks.deliver import deliver_due
from stylizer.webhooks.post import NoAnswer, post
from stylizer.webhooks.targets import Target, check_target

HERE = [ip_network("127.0.0.0/8")]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def hook(alice: User, alices_job: Stylization, receiver: Receiver) -> Webhook:
    made = Webhook(owner=alice, target_url=receiver.url(), events=Event.values)
    made.renew_secret()
    made.save()
    return made


@pytest.fixture
def cancelled(hook: Webhook, queue_photo: Callable[..., Stylization], alice: User) -> WebhookDelivery:
    """A message that is due."""
    from stylizer import job_lifecycle

    job_lifecycle.cancel(queue_photo(alice))
    return hook.deliveries.get()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",  # other ways to write it, which the machine's own resolver knows
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[fc00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[2001::1]",
    ],
)
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(Rejected) as refusal:
        check_target(f"https://{host}/hook")
    assert refusal.value.code in ("target_not_public", "target_unknown"), refusal.value.detail
    # A machine without IPv6 may not know some of them, but these it knows.
    if host in ("127.0.0.1", "localhost", "2130706433", "169.254.169.254", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"):
        assert refusal.value.code == "target_not_public"


@pytest.mark.parametrize(
    "host", ["93.184.216.34", "[2606:2800:220:1::1]", "[::ffff:93.184.216.34]", "[64:ff9b::5db8:d822]"]
)
def test_a_public_address_is_taken(host: str) -> None:
    target = check_target(f"https://{host}:8443/hook?x=1")
    assert (target.scheme, target.port, target.path, target.host) == ("https", 8443, "/hook?x=1", host.strip("[]"))


@pytest.mark.parametrize("inner", ["127.0.0.1", "169.254.169.254", "::1", "10.0.0.7"])
def test_a_name_is_refused_when_one_of_its_addresses_is_not_public(inner: str) -> None:
    with pytest.raises(Rejected, match="not public"):
        check_target("https://hooks.example/", resolver=lambda host, port: ["93.184.216.34", inner])


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://93.184.216.34/", "target_not_encrypted"),
        ("ftp://93.184.216.34/", "target_invalid"),
        ("file:///etc/passwd", "target_invalid"),
        ("gopher://93.184.216.34/", "target_invalid"),
        ("https://user:secret@93.184.216.34/", "target_with_password"),
        ("https://user@93.184.216.34/", "target_with_password"),
        ("https://93.184.216.34@127.0.0.1/", "target_with_password"),
        ("https://93.184.216.34:99999/", "target_invalid"),
        ("https://93.184.216.34:0/", "target_invalid"),
        ("https://", "target_invalid"),
        ("https:///hook", "target_invalid"),
        ("https://[::1/", "target_invalid"),
        ("https://a b/", "target_invalid"),
        ("https://a\r\nHost: b/", "target_invalid"),
        ("https://bücher.example/", "target_invalid"),
        ("https://93.184.216.34/\0", "target_invalid"),
        ("https://93.184.216.34/" + "a" * 500, "target_invalid"),
        ("//93.184.216.34/", "target_invalid"),
        ("", "target_invalid"),
        ("https://no-such-name.invalid/", "target_unknown"),
        (f"https://{'a' * 70}.example/", "target_unknown"),
        ("https://a..example/", "target_unknown"),
    ],
)
def test_what_is_no_address_to_send_to_is_refused(url: str, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        check_target(url)
    assert (refusal.value.code, refusal.value.field) == (code, "target_url")


def test_without_encryption_only_listed_networks_are_sent_to(settings) -> None:
    settings.EASEL_WEBHOOK_NETWORKS = [ip_network("10.1.0.0/16")]
    assert check_target("http://10.1.2.3/").addresses == ("10.1.2.3",)
    assert check_target("http://[::ffff:10.1.2.3]/").host == "::ffff:10.1.2.3"
    for url in ("http://10.2.0.1/", "http://127.0.0.1/", "http://93.184.216.34/"):
        with pytest.raises(Rejected):
            check_target(url)


@pytest.mark.django_db
def test_what_was_registered_is_checked_again_when_it_is_sent(cancelled: WebhookDelivery, receiver: Receiver) -> None:
    assert tasks.send_webhooks() == 1
    cancelled.refresh_from_db()
    assert (cancelled.state, cancelled.error_code) == ("pending", "target_not_public")
    assert receiver.received == []


@pytest.mark.django_db
def test_a_name_that_leads_into_the_house_is_not_sent_to(
    cancelled: WebhookDelivery, hook: Webhook, receiver: Receiver
) -> None:
    Webhook.objects.update(target_url=receiver.url(host="hooks.example"))
    assert deliver_due(resolver=lambda host, port: ["127.0.0.1"]) == 1
    cancelled.refresh_from_db()
    assert (cancelled.error_code, receiver.received) == ("target_not_public", [])


@pytest.mark.django_db
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("inner", ["", "http://169.254.169.254/latest/meta-data/"])
def test_a_redirect_is_not_followed(
    status: int, inner: str, cancelled: WebhookDelivery, receiver: Receiver, settings
) -> None:
    settings.EASEL_WEBHOOK_NETWORKS = HERE
    with receiving() as house:
        receiver.answers = [Answered(status, headers={"Location": inner or house.url(path="/secret")})]
        tasks.send_webhooks()
    cancelled.refresh_from_db()
    assert (cancelled.state, cancelled.error_code, cancelled.status_code) == ("pending", "redirected", status)
    assert (len(receiver.received), house.received) == (1, [])


@pytest.mark.django_db
def test_no_proxy_of_the_environment_comes_between(
    cancelled: WebhookDelivery, receiver: Receiver, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EASEL_WEBHOOK_NETWORKS = HERE
    with receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url(path=""))
        tasks.send_webhooks()
    assert (len(receiver.received), proxy.received) == (1, [])


def certificate_for(name: str, folder: Path) -> Path:
    """Return a file with a key and a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.django_db
def test_the_checked_address_is_connected_to_with_the_names_own_certificate(
    cancelled: WebhookDelivery, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EASEL_WEBHOOK_NETWORKS = HERE
    certificate = certificate_for("hooks.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    asked = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["93.184.216.34"]

    with receiving(certificate) as receiver:
        Webhook.objects.update(target_url=receiver.url("https", "hooks.example"))
        assert deliver_due(resolver) == 1
    cancelled.refresh_from_db()
    assert (cancelled.state, cancelled.error_detail) == ("delivered", "")
    assert asked == ["hooks.example"], "resolved once: an answer that changes changes nothing"
    assert receiver.received[0].headers["Host"] == f"hooks.example:{receiver.port}"


@pytest.mark.django_db
@pytest.mark.parametrize("known", [True, False])
def test_a_certificate_that_is_not_the_names_or_not_known_is_refused(
    known: bool, cancelled: WebhookDelivery, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EASEL_WEBHOOK_NETWORKS = HERE
    certificate = certificate_for("other.example" if known else "hooks.example", tmp_path)
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiving(certificate) as receiver:
        Webhook.objects.update(target_url=receiver.url("https", "hooks.example"))
        deliver_due(lambda host, port: ["127.0.0.1"])
    cancelled.refresh_from_db()
    assert cancelled.error_code == "no_answer"
    assert "certificate" in cancelled.error_detail
    assert receiver.received == []


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\nX: ", b"\x00\x01 no protocol\r\n\r\n", b""])
def test_a_receiver_that_drips_or_talks_nonsense_is_left(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "DEADLINE", 1)
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            try:
                connection.sendall(said)
                while b"200" in said and not ended.wait(0.1):
                    connection.sendall(b"x")
            except OSError:
                return  # hung up, as it should

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=[server])
        thread.start()
        target = Target("http", "hooks.example", server.getsockname()[1], "/", ("127.0.0.1",))
        try:
            with pytest.raises(NoAnswer):
                post(target, {}, b"{}")
        finally:
            ended.set()
            thread.join()


def test_another_address_of_the_name_is_tried_where_one_does_not_connect(receiver: Receiver) -> None:
    target = Target("http", "hooks.example", receiver.port, "/", ("127.0.0.2", "127.0.0.1"))
    assert post(target, {}, b"{}").status == 200
    assert ipaddress.ip_address("127.0.0.2").is_loopback

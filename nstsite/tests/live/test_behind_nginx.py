"""The nginx example that is shipped, for real: HTTPS in front of a site that paints, as people and programs use it."""

from __future__ import annotations

import http.client
import json
import signal
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from nstsite.tests.live.drawing import photo
from nstsite.tests.live.nginx import HOST, Nginx
from nstsite.tests.live.program import PASSWORD
from nstsite.tests.live.stranger import TIMEOUT, Answer, Stranger
from nstsite.tests.live.waiting import wait_for

MEGABYTE = 1024 * 1024
JOBS = "/api/v1/stylizations/"


@pytest.fixture(scope="module")
def front(nginx: Nginx) -> Nginx:
    nginx.site.start_web()
    nginx.site.start_worker()
    nginx.start()
    return nginx


@pytest.fixture
def stranger(front: Nginx) -> Stranger:
    return Stranger(front)


@pytest.fixture(scope="module")
def alices_program(front: Nginx) -> Stranger:
    asked = Stranger(front).post("/api/v1/auth/token/", {"username": "alice", "password": PASSWORD})
    assert asked.status == 200, asked
    return Stranger(front, Authorization=f"Token {json.loads(asked.body)['token']}")


def multipart(**fields: object) -> bytes:
    return encode_multipart(BOUNDARY, fields)


def queue_photo(program: Stranger) -> str:
    file = SimpleUploadedFile("photo.jpg", photo(64, 48), "image/jpeg")
    body = multipart(photo=file, style="starry-night", size="64")
    made = program.ask("POST", JOBS, body, Content_Type=MULTIPART_CONTENT)
    assert made.status == 202, made
    return str(json.loads(made.body)["id"])


@pytest.fixture(scope="module")
def painted(alices_program: Stranger) -> str:
    """The id of a job of Alice's that was uploaded through nginx and painted."""
    job = queue_photo(alices_program)

    def has_ended() -> bool:
        state = json.loads(alices_program.ask("GET", f"{JOBS}{job}/").body)["status"]
        assert state not in ("failed", "cancelled")
        return bool(state == "succeeded")

    wait_for("the painting", has_ended)
    return job


def test_nginx_has_nothing_to_say_against_the_file(nginx: Nginx) -> None:
    said = nginx.check()
    assert "[warn]" not in said
    assert "[emerg]" not in said


def test_http_leads_to_https(front: Nginx) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", front.http_port, timeout=TIMEOUT)
    connection.request("GET", "/gallery/?q=sea", headers={"Host": HOST})
    response = connection.getresponse()
    assert (response.status, response.headers["Location"]) == (301, f"https://{HOST}/gallery/?q=sea")
    connection.close()


def test_signing_in_over_https(stranger: Stranger) -> None:
    answer = stranger.sign_in("charlie")
    assert (answer.status, answer.headers["location"]) == (302, "/studio/")
    session = answer.cookies["sessionid"]
    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
    studio = stranger.ask("GET", "/studio/")
    assert (studio.status, studio.headers["strict-transport-security"]) == (200, "max-age=31536000")


def test_a_picture_has_the_headers_that_easel_gives_it(front: Nginx, alices_program: Stranger, painted: str) -> None:
    """nginx sends the file, and describes it as Easel does where it sends one itself."""
    path = f"{JOBS}{painted}/result/"
    picture = alices_program.ask("GET", path)
    assert (picture.status, picture.body[:3]) == (200, b"\xff\xd8\xff")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["content-length"] == str(len(picture.body))
    assert picture.headers["content-disposition"].startswith("inline; filename=")
    assert picture.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert picture.headers["cache-control"] == "private, no-cache"
    assert picture.headers["accept-ranges"] == "bytes"
    assert "x-accel-redirect" not in picture.headers
    # A part and what is known are answered by Easel, with headers of the same kind.
    part = alices_program.ask("GET", path, Range="bytes=2-9", If_Range=picture.headers["etag"])
    assert (part.status, part.body) == (206, picture.body[2:10])
    known = alices_program.ask("GET", path, If_None_Match=picture.headers["etag"])
    assert (known.status, known.body) == (304, b"")
    whole_anyway = alices_program.ask("GET", path, Range="bytes=0-1,3-4")
    assert (whole_anyway.status, whole_anyway.body) == (200, picture.body)
    of_nginx, of_easel = set(picture.headers), set(whole_anyway.headers)
    assert of_nginx == of_easel, "by a file that Easel sent itself"
    alike = of_nginx - {"date", "x-request-id", "ratelimit-remaining", "ratelimit-reset", "content-disposition"}
    assert {name: picture.headers[name] for name in alike} == {name: whole_anyway.headers[name] for name in alike}
    head = alices_program.ask("HEAD", path)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(picture.body)))


def test_files_are_really_sent_by_nginx(front: Nginx, alices_program: Stranger, painted: str) -> None:
    """Easel, asked past nginx, says where the file is and sends nothing of it."""
    content = (front.site.data_dir / "media" / front.site.job(painted).thumbnail).read_bytes()
    direct = http.client.HTTPConnection("127.0.0.1", front.site.port, timeout=TIMEOUT)
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"} | alices_program.headers
    direct.request("GET", f"{JOBS}{painted}/thumbnail/", headers=headers)
    behind = direct.getresponse()
    assert (behind.status, behind.read()) == (200, b"")
    assert behind.headers["X-Accel-Redirect"] == f"/protected/{front.site.job(painted).thumbnail}"
    direct.close()
    assert alices_program.ask("GET", f"{JOBS}{painted}/thumbnail/").body == content


@pytest.mark.parametrize(
    "prefix", ["/protected/", "/protected/%2e/", "/static/..%2fprotected/", "/static/../protected/"]
)
def test_the_internal_location_answers_nobody(
    front: Nginx, stranger: Stranger, alices_program: Stranger, painted: str, prefix: str
) -> None:
    name = front.site.job(painted).result
    assert (front.site.data_dir / "media" / name).is_file()
    for who in (stranger, alices_program):
        for path in (prefix + name, f"{prefix}../easel.sqlite3", f"{prefix}..%2feasel.sqlite3", prefix):
            answer = who.ask("GET", path)
            assert answer.status in (400, 404), (path, answer)


def test_others_are_refused_as_without_nginx(front: Nginx, stranger: Stranger, painted: str) -> None:
    assert stranger.ask("GET", f"{JOBS}{painted}/result/").status == 401
    assert stranger.ask("GET", f"/stylizations/{painted}/files/result/").status == 302
    stranger.sign_in("charlie")
    assert stranger.ask("GET", f"/stylizations/{painted}/files/result/").status == 404


def test_events_arrive_as_they_happen(front: Nginx, alices_program: Stranger) -> None:
    """The first event is read while the stream goes on: the job is cancelled only after that."""
    _, worker = front.site.groups
    worker.signal_all(signal.SIGSTOP)
    try:
        job = queue_photo(alices_program)
        connection = alices_program.connect()
        connection.request("GET", f"{JOBS}{job}/events/", headers=alices_program.headers)
        response = connection.getresponse()
        assert response.headers["Content-Type"].startswith("text/event-stream")
        line = b""
        while not line.startswith(b"data: "):
            line = response.readline()
        assert json.loads(line[6:])["status"] == "queued"
        assert alices_program.ask("POST", f"{JOBS}{job}/cancel/", b"").status == 200
        assert b'"cancelled"' in b"".join(iter(response.readline, b""))
        connection.close()
    finally:
        worker.signal_all(signal.SIGCONT)


def test_a_body_beyond_the_limit_is_refused_before_it_is_sent(front: Nginx, alices_program: Stranger) -> None:
    def told(path: str) -> Answer:
        connection = alices_program.connect()
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(136 * MEGABYTE))
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body, {})

    page = told("/studio/")
    assert (page.status, page.headers["content-type"]) == (413, "text/plain")
    assert b"more than 135 MB" in page.body
    program = told(JOBS)
    assert (program.status, program.headers["content-type"]) == (413, "application/json")
    assert json.loads(program.body)["error"]["code"] == "request_too_large"


def test_a_photo_that_nginx_lets_pass_is_refused_by_easel(alices_program: Stranger) -> None:
    large = SimpleUploadedFile("photo.jpg", b"\xff\xd8\xff" + bytes(41_000_000), "image/jpeg")
    answer = alices_program.ask(
        "POST", JOBS, multipart(photo=large, style="starry-night"), Content_Type=MULTIPART_CONTENT
    )
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "photo_too_large")


def test_a_forged_address_does_not_count(front: Nginx) -> None:
    """One address guesses under many forged ones, and is stopped as one; another address is not."""
    guesser, other = Stranger(front, "127.0.0.66"), Stranger(front, "127.0.0.67")
    for number in range(1, 100):
        forged = f"192.0.2.{number}"
        path = f"/account/invitation/guess-{number}/"
        answer = guesser.ask("GET", path, X_Forwarded_For=forged, X_Real_IP=forged, Forwarded=f"for={forged}")
        if answer.status == 429:
            break
    assert answer.status == 429, "nothing stopped it"
    assert b"Too much was asked from your address at once" not in answer.body, "nginx stopped it, not Easel"
    assert other.ask("GET", "/account/invitation/guess/").status == 404


def test_forged_headers_change_neither_host_nor_scheme(stranger: Stranger) -> None:
    answer = stranger.ask("GET", "/studio/", X_Forwarded_Proto="http", X_Forwarded_Host="evil.example")
    assert (answer.status, answer.headers["location"]) == (302, "/accounts/login/?next=/studio/")


def test_another_name_is_not_answered(front: Nginx, stranger: Stranger) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        stranger.ask("GET", "/", Host="evil.example")
    connection = http.client.HTTPConnection("127.0.0.1", front.http_port, timeout=TIMEOUT)
    connection.request("GET", "/", headers={"Host": "evil.example"})
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_static_files_are_sent_compressed_and_kept(front: Nginx, stranger: Stranger) -> None:
    page = stranger.ask("GET", "/accounts/login/").body.decode()
    name = page.split('<link rel="stylesheet" href="')[1].split('"')[0]
    answer = stranger.ask("GET", name, Accept_Encoding="gzip")
    assert (answer.status, answer.headers["content-type"], answer.headers["content-encoding"]) == (
        200,
        "text/css",
        "gzip",
    )
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in stranger.ask("GET", "/accounts/login/", Accept_Encoding="gzip").headers


def test_one_address_may_not_have_every_connection(front: Nginx) -> None:
    """Forty bodies that never arrive, and the next request is refused; another address is served."""
    crowd = Stranger(front, "127.0.0.77")
    held = [crowd.connect() for _ in range(40)]
    try:
        for connection in held:
            connection.putrequest("POST", "/studio/")
            connection.putheader("Content-Length", "100")
            connection.endheaders(b"x")
        # The last of them may not have been read yet.
        refused = wait_for("a refusal", lambda: (answer := crowd.ask("GET", "/healthz")).status == 429 and answer)
        assert refused.headers["retry-after"] == "5"
        assert b"Too much was asked" in refused.body
        assert Stranger(front, "127.0.0.78").ask("GET", "/healthz").status == 200
    finally:
        for connection in held:
            connection.close()


@pytest.fixture
def web_away(front: Nginx) -> Iterator[None]:
    front.site.groups[0].ask_to_stop()
    front.site.groups[0].wait_until_gone()
    yield
    front.site.groups[0] = front.site.start_web()
    front.site.groups.pop()


def test_while_easel_is_away_its_visitors_are_told(web_away: None, stranger: Stranger) -> None:
    page, program = stranger.ask("GET", "/"), stranger.ask("GET", JOBS)
    assert (page.status, program.status) == (503, 503)
    assert page.headers["retry-after"] == program.headers["retry-after"] == "10"
    assert json.loads(program.body)["error"]["code"] == "unavailable"
    assert stranger.ask("GET", "/static/css/tokens.css").status == 200, "nginx itself goes on"

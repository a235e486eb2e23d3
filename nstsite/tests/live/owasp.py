"""What somebody who looks for holes would try first, from outside: each check returns what it found wrong."""

from __future__ import annotations

import http.client
import re
import ssl
import warnings
from collections.abc import Callable

from nstsite.tests.live.nginx import HOST
from nstsite.tests.live.owasp_cast import Cast
from nstsite.tests.live.stranger import Answer, Stranger
from nstsite.tests.test_access import ROWS, admin_addresses

EVIL = "evil.example"
HSTS = "max-age=31536000"
TELLTALE = re.compile(rb"Traceback|Django|DEBUG|settings\.py|/site-packages/|nginx/\d|gunicorn/\d|PRIVATE KEY|SQLite")


def kinds_of_answers(cast: Cast) -> dict[str, Answer]:
    """Return one answer of each kind."""
    if cast.answers:
        return cast.answers
    job, ask = cast.things["job"], cast.ask
    stylesheet = re.search(rb'href="(/static/[^"]+\.css)"', ask("GET", "/accounts/login/").body)
    assert stylesheet is not None
    cast.answers = {
        "page": ask("GET", "/gallery/"),
        "page of a member": ask("GET", "/studio/", "alice"),
        "redirect": ask("GET", "/studio/"),
        "picture": ask("GET", f"/stylizations/{job}/files/result/", "alice"),
        "part of a picture": ask(
            "GET", f"/api/v1/stylizations/{job}/result/", "alice", program=True, Range="bytes=0-9"
        ),
        "public picture": ask("GET", "/styles/waves/preview/"),
        "unlisted picture": ask("GET", f"/gallery/link/{cast.things['secret']}/files/image/"),
        "archive": ask("GET", f"/batches/{cast.things['batch']}/download/", "alice"),
        "events": ask("GET", f"/api/v1/stylizations/{job}/events/", "alice", program=True),
        "JSON": ask("GET", "/api/v1/stylizations/", "alice", program=True),
        "JSON refused": ask("GET", "/api/v1/stylizations/"),
        "JSON not found": ask("GET", "/api/v1/nothing/"),
        "not found": ask("GET", "/nothing/"),
        "method not allowed": ask("GET", f"/stylizations/{job}/delete/", "alice"),
        "form without a token": ask("POST", "/accounts/login/", Content_Length="0"),
        "description": ask("GET", "/api/v1/openapi.json"),
        "health": ask("GET", "/healthz"),
        "static": ask("GET", stylesheet[1].decode()),
        "static not found": ask("GET", "/static/nothing.css"),
        "refused by nginx": ask("GET", "/.git/HEAD"),
        "internal location": ask("GET", "/protected/x"),
    }
    return cast.answers


def headers(cast: Cast) -> list[str]:
    """Every kind of answer forbids guessing its type, being framed and being fetched without HTTPS."""
    wrong = []
    for kind, answer in kinds_of_answers(cast).items():
        given = answer.headers
        expected = {"x-content-type-options": "nosniff", "strict-transport-security": HSTS, "server": "nginx"}
        if kind != "static":
            expected |= {"x-frame-options": "DENY"}
            if not given.get("content-security-policy"):
                wrong.append(f"{kind}: no Content-Security-Policy")
        wrong += [
            f"{kind} ({answer.status}): {name} is {given.get(name)!r}"
            for name, value in expected.items()
            if given.get(name) != value
        ]
        if given.get("referrer-policy") not in ("same-origin", "no-referrer"):
            wrong.append(f"{kind}: Referrer-Policy is {given.get('referrer-policy')!r}")
        told = {"x-powered-by", "x-accel-redirect", "access-control-allow-origin", "x-runtime", "via"} & given.keys()
        wrong += [f"{kind}: has {name}" for name in told]
    return wrong


def policies(cast: Cast) -> list[str]:
    """Pages run scripts of this site alone, and files run nothing at all."""
    wrong = []
    for kind, answer in kinds_of_answers(cast).items():
        policy = answer.headers.get("content-security-policy", "")
        if kind != "static" and re.search(r"unsafe|\*|https?:", policy):
            wrong.append(f"{kind}: {policy}")
        if answer.headers.get("content-type", "").startswith("image/") and "sandbox" not in policy:
            wrong.append(f"{kind}: a picture without a sandbox: {policy}")
        if answer.headers.get("content-type", "").startswith("text/html"):
            missing = {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}
            wrong += [f"{kind}: no {part}" for part in missing if part not in policy]
    return wrong


def private_answers(cast: Cast) -> list[str]:
    """No shared cache may keep what is somebody's own."""
    answers = kinds_of_answers(cast)
    kept = ("picture", "part of a picture", "unlisted picture", "JSON", "events")
    return [
        f"{kind}: Cache-Control is {answers[kind].headers.get('cache-control')!r}"
        for kind in kept
        if not re.search("private|no-store", answers[kind].headers.get("cache-control", ""))
    ]


def cookies(cast: Cast) -> list[str]:
    """Cookies are for HTTPS and this site, the session's is out of scripts' reach, and signing out ends it."""
    person = cast.stranger()
    wrong = []
    given = dict(person.ask("GET", "/accounts/login/").cookies) | person.sign_in("charlie").cookies
    cast.asked += 6
    if "sessionid" not in given:
        wrong.append("signing in gave no session")
    for name, cookie in given.items():
        if not cookie["secure"] or cookie["samesite"] not in ("Lax", "Strict") or cookie["domain"]:
            wrong.append(f"{name}: {cookie.OutputString()}")
        if name != "csrftoken" and not cookie["httponly"]:
            wrong.append(f"{name}: not HttpOnly")
    stolen = Stranger(cast.nginx)
    stolen.cookies = dict(person.cookies)
    if stolen.ask("GET", "/studio/").status != 200:
        wrong.append("the session does not work")
    person.post("/accounts/logout/", {})
    stolen.cookies = dict(stolen.cookies)
    if stolen.ask("GET", "/studio/").status != 302:
        wrong.append("a session that was ended goes on")
    return wrong


def methods(cast: Cast) -> list[str]:
    """Methods that nothing here takes are refused, and no form is taken without its token."""
    wrong = []
    for method in ("TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND", "MOVE", "DEBUG", "JEFF"):
        for path in ("/", "/gallery/", "/accounts/login/", "/static/css/tokens.css", "/healthz", "/protected/x"):
            answer = cast.ask(method, path)
            if answer.status < 400 or (method == "TRACE" and b"TRACE" in answer.body):
                wrong.append(f"{method} {path}: {answer.status}")
    for path in ("/accounts/login/", "/accounts/logout/", "/studio/", "/account/delete/", "/photos/"):
        answer = cast.ask("POST", path, "charlie", Content_Length="0", Origin=f"https://{EVIL}")
        if answer.status != 403:
            wrong.append(f"POST {path} of another site: {answer.status}")
    return wrong


HIDDEN = [
    *("/.git/HEAD", "/.git/config", "/.env", "/.env.example", "/.ci/run", "/.DS_Store", "/.htpasswd", "/.ssh/id_rsa"),
    *("/media/", "/media", "/media/{result}", "/media/../easel.sqlite3", "/protected/{result}", "/protected/"),
    *("/static/", "/static/css/", "/static/.collected", "/static/staticfiles.json", "/staticfiles/css/tokens.css"),
    *("/staticfiles/..%2f.env", "/static/..%2f.env", "/static/../.env", "/static/%2e%2e/manage.py"),
    *("/static/..%252fmanage.py", "/static../manage.py", "/static/css/..%5c..%5cmanage.py", "/static//etc/passwd"),
    *("/static/%00", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%c0%af..%c0%afetc/passwd", "/..;/manage.py"),
    *("/easel.sqlite3", "/secret_key.txt", "/manage.py", "/nstsite/settings.py", "/requirements.txt", "/Makefile"),
    *("/Dockerfile", "/compose.yaml", "/backup.tar", "/db.sqlite3", "/engine-cache/", "/metrics", "/__debug__/"),
    *("/server-status", "/nginx_status", "/phpinfo.php", "/wp-login.php", "/admin.php", "/refused/person/away"),
]


def hidden_files(cast: Cast) -> list[str]:
    """Files that are no page are not there, whatever way their names are written; no folder is listed."""
    wrong = []
    for pattern in HIDDEN:
        path = pattern.format(**cast.things)
        for who in ("anonymous", "alice"):
            answer = cast.ask("GET", path, who)
            if answer.status not in (301, 400, 403, 404) or b"Index of" in answer.body:
                wrong.append(f"{path} as {who}: {answer.status}")
    return wrong


def host_names(cast: Cast) -> list[str]:
    """Another name is not answered, and none that a visitor writes somewhere ends up in a link."""
    wrong = []
    for path, host in (("/", EVIL), (f"http://{EVIL}/", EVIL), (f"http://{EVIL}/", HOST), ("/", f"{HOST}.{EVIL}")):
        try:
            answer = cast.ask("GET", path, Host=host)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            continue
        if answer.status < 400:
            wrong.append(f"{path} for {host}: {answer.status}")
    for name in ("X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"):
        answer = cast.ask("GET", "/accounts/login/", **{name.replace("-", "_"): EVIL})
        if EVIL.encode() in answer.body or answer.status != 200:
            wrong.append(f"{name}: {answer.status}")
    return wrong


def redirects(cast: Cast) -> list[str]:
    """Nobody is led to another site."""
    wrong = []
    for target in (f"https://{EVIL}/", f"//{EVIL}/", f"/\\{EVIL}/", f"https:{EVIL}", "javascript:alert(1)"):
        person = cast.stranger("charlie")
        token = person.form_headers()
        body = f"next={target}".encode()
        kind = "application/x-www-form-urlencoded"
        answers = [
            person.ask("GET", f"/accounts/login/?next={target}"),
            person.ask("POST", f"/accounts/reauthenticate/?next={target}", body, Content_Type=kind, **token),
            person.ask("GET", f"/{target}"),
        ]
        cast.asked += len(answers)
        for answer in answers:
            location = answer.headers.get("location", "")
            if location.startswith(("//", "/\\", "javascript:")) or re.match(rf"https?:/*(?!{HOST})", location):
                wrong.append(f"{target}: led to {location}")
    return wrong


def talkative_errors(cast: Cast) -> list[str]:
    """What goes wrong tells nothing about what runs here."""
    wrong = []
    for path in (
        "/nothing/",
        "/stylizations/%00/",
        "/gallery/?page=%FF",
        "/api/v1/styles/?cursor=x",
        "/gallery/?sort='",
    ):
        answer = cast.ask("GET", path)
        if answer.status >= 500 or TELLTALE.search(answer.body):
            wrong.append(f"{path}: {answer.status}")
    for name, value in (("Cookie", "sessionid=" + "x" * 5000), ("Accept", "x" * 20_000), ("X_Long", "y" * 70_000)):
        answer = cast.ask("GET", "/gallery/", **{name: value})
        if answer.status >= 500 or TELLTALE.search(answer.body):
            wrong.append(f"long {name}: {answer.status}")
    return wrong


def tls(cast: Cast) -> list[str]:
    """Old ways of encrypting are not spoken."""
    wrong = []
    versions = {ssl.TLSVersion.TLSv1: False, ssl.TLSVersion.TLSv1_1: False, ssl.TLSVersion.TLSv1_2: True}
    for version, accepted in versions.items():
        context = ssl.create_default_context(cafile=str(cast.nginx.folder / "fullchain.pem"))
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # which is why they are tried
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
        connection = http.client.HTTPSConnection(HOST, cast.nginx.https_port, context=context, timeout=200)
        cast.asked += 1
        try:
            connection.request("GET", "/healthz")
            spoken = connection.getresponse().status == 200
        except ssl.SSLError:
            spoken = False
        finally:
            connection.close()
        if spoken is not accepted:
            wrong.append(f"{version.name} is {'spoken' if spoken else 'not spoken'}")
    return wrong


def access(cast: Cast) -> list[str]:
    """At every address, an anonymous visitor and a member who owns nothing are answered what the table says."""
    wrong = []
    for row in ROWS:
        for who in ("anonymous", "charlie"):
            outcome = cast.ask_row(row, who)
            if outcome != getattr(row, who):
                wrong.append(f"{row} as {who}: {outcome}, not {getattr(row, who)}")
    # The owner, last, still has all of it: the refusals above were not because there was nothing.
    for row in ROWS:
        if row.method == "GET" and row.args and row.alice == 200 and (outcome := cast.ask_row(row, "alice")) != 200:
            wrong.append(f"{row} as alice: {outcome}")
    return wrong


def administration(cast: Cast) -> list[str]:
    """Nothing of the administration is there for anybody but staff."""
    wrong = []
    for path in sorted(admin_addresses(cast.things["job"]) - {"/admin/logout/", "/admin/login/"}):
        for who in ("anonymous", "charlie"):
            answer = cast.ask("GET", path, who)
            refused = answer.status in (403, 404, 405)
            refused |= answer.status in (301, 302) and "/login/" in answer.headers["location"]
            if not refused:
                wrong.append(f"{path} as {who}: {answer.status}")
    return wrong


CHECKS: dict[str, Callable[[Cast], list[str]]] = {
    check.__name__.replace("_", " "): check
    for check in (
        headers,
        policies,
        private_answers,
        cookies,
        methods,
        hidden_files,
        host_names,
        redirects,
        talkative_errors,
        tls,
        access,
        administration,
    )
}

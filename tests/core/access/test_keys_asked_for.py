"""Without a key nothing is to be had: on every route there is, whoever added it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from access_keys import caller, make_key, url_of
from calls import predict, submit, until
from hosts import RunningHost, install
from tomaat.access import key_store
from tomaat.database.opening import opened

ROUTES = """
import sys, tempfile
from pathlib import Path
from tomaat.host.serve import create_host
from tomaat.settings import Settings
host = create_host(Settings(home=Path(tempfile.mkdtemp()), with_announce=True))
for route in host.sanic.router.routes:
    for method in route.methods:
        print(method, "/" + route.path)
"""
OPEN = {
    "GET /healthz",
    "GET /readyz",
    "GET /docs",
    "GET /docs/start.js",
    "GET /docs/assets/swagger-ui.css",
    "GET /docs/assets/swagger-ui-bundle.js",
    "GET /assets/<version:str>/<path:path>",
    "GET /favicon.ico",
    "GET /login",
    "POST /login",
    "POST /logout",
    "POST /v1/session",
    "DELETE /v1/session",
}
"""All that is answered without a key."""
REGISTRY = ("/registry", "/discover", "/announce", "/v1/endpoints", "/v1/changes", "/endpoints", "/v1/facets")
"""The announcement service inside a host has keys of its own."""
Call = Callable[..., httpx.Client]

ROUTE_OF_A_PLUGIN = """
from sanic.response import text
from tomaat import hookimpl

@hookimpl
def tomaat_routes(host):
    @host.sanic.get("/secret", name="secret")
    async def secret(request):
        return text("mine")
"""


def routes() -> list[tuple[str, str]]:
    done = subprocess.run([sys.executable, "-c", ROUTES], capture_output=True, text=True, encoding="utf-8", check=True)
    return sorted({(line.split()[0], line.split()[1]) for line in done.stdout.splitlines()})


def test_every_route_asks_for_a_key_but_these(nobody: httpx.Client) -> None:
    answered = set()
    for method, path in routes():
        if path.startswith(REGISTRY) or method in ("HEAD", "OPTIONS"):
            continue
        shown = path
        while "<" in shown:
            shown = shown[: shown.index("<")] + "x" + shown[shown.index(">") + 1 :]
        status = nobody.request(method, shown).status_code
        if f"{method} {path}" in OPEN:
            answered.add(f"{method} {path}")
            assert status == 200 or path in ("/login", "/logout", "/v1/session") or path.startswith("/assets/"), path
        else:
            assert status == 401, f"{method} {path}"
    assert answered == OPEN


def test_what_is_not_there_is_not_told(nobody: httpx.Client, by: Call) -> None:
    assert nobody.get("/nothing").status_code == 401
    assert nobody.patch("/v1/apps").status_code == 401
    assert by().get("/nothing").status_code == 404
    assert by().patch("/v1/apps").status_code == 405


def test_a_route_of_a_plugin_is_guarded(start_lean: Callable[..., RunningHost], no_plugins: Path) -> None:
    install(no_plugins, "tomaat_secret", ROUTE_OF_A_PLUGIN)
    host = start_lean("require_keys = true", no_plugins)
    with caller(host) as nobody, caller(host, make_key(host)) as anna:
        assert nobody.get("/secret").status_code == 401
        assert anna.get("/secret").text == "mine"


def test_a_refusal_says_what_to_do_in_each_protocol(nobody: httpx.Client) -> None:
    refused = nobody.get("/v1/apps")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.json()["code"] == "unauthorized"
    assert "tomaat login" in refused.json()["detail"]
    (old,) = nobody.get("/echo/interface").json()
    assert (old["type"], old["label"]) == ("PlainText", "Error!")


@pytest.mark.parametrize("route", ["POST /v1/apps/echo/jobs", "POST /interface", "DELETE /v1/jobs/x"])
def test_no_body_is_waited_for_without_a_key(closed_host: RunningHost, route: str) -> None:
    address = urlsplit(closed_host.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=20) as connection:
        head = f"{route} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        connection.sendall(f"{head}Content-Length: 1000000000\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_comes_in_either_header(closed_host: RunningHost, header: str) -> None:
    key = make_key(closed_host)
    value = f"bearer {key}" if header == "Authorization" else key
    assert httpx.get(f"{closed_host.url}/v1/me", headers={header: value}).json()["name"] == "anna"


@pytest.mark.parametrize("wrong", ["x", "tomaat_" + "A" * 43, "tomaat_" + "é" * 43, "A" * 5000])
def test_a_wrong_key_is_refused(closed_host: RunningHost, wrong: str) -> None:
    for headers in ({"X-API-Key": wrong.encode()}, {"Authorization": b"Bearer " + wrong.encode()}):
        assert httpx.get(f"{closed_host.url}/v1/me", headers=headers).status_code in (401, 429)  # type: ignore[arg-type]


def test_what_a_job_does_is_told_no_longer_once_the_key_is_revoked(closed_host: RunningHost) -> None:
    key = make_key(closed_host)
    with caller(closed_host, key) as anna, caller(closed_host, make_key(closed_host, admin=True)) as admin:
        number, job = int(anna.get("/v1/me").json()["id"]), submit(anna, "sleeper", seconds=60)
        with anna.stream("GET", f"/v1/jobs/{job}/events") as events:
            told = events.iter_text()
            assert "event: job" in next(told)
            with opened(url_of(closed_host.home)) as connection:
                key_store.revoke(connection, time.time(), number)
            list(told)  # it ends
        assert admin.get(f"/v1/jobs/{job}").json()["state"] in ("queued", "running")
        admin.delete(f"/v1/jobs/{job}")


def test_a_revoked_key_is_good_for_no_longer_than_a_second(closed_host: RunningHost) -> None:
    key = make_key(closed_host)
    with caller(closed_host, key) as anna:
        number = int(anna.get("/v1/me").json()["id"])
        with opened(url_of(closed_host.home)) as connection:
            key_store.revoke(connection, time.time(), number)
        refused = until(lambda: anna.get("/v1/me").status_code == 401, 3.0)
        assert refused
        assert anna.get("/v1/me").json()["code"] in ("unauthorized", "too_many_requests")


def test_an_expired_key_is_refused(closed_host: RunningHost) -> None:
    with caller(closed_host, make_key(closed_host, expires=time.time() - 1)) as anna:
        assert "has expired" in anna.get("/v1/me").json()["detail"]


def test_that_a_key_was_used_is_noted(closed_host: RunningHost) -> None:
    with caller(closed_host, make_key(closed_host)) as anna:
        number = int(anna.get("/v1/me").json()["id"])

    def last_used() -> float | None:
        with opened(url_of(closed_host.home)) as connection:
            return key_store.show(connection, time.time(), number).last_used

    assert until(last_used) == pytest.approx(time.time(), abs=60)


def test_who_sends_many_wrong_keys_waits_and_a_good_key_does_not(start_lean: Callable[..., RunningHost]) -> None:
    host = start_lean("require_keys = true")
    with caller(host, make_key(host)) as anna, caller(host, "tomaat_" + "B" * 43) as guesser:
        statuses = [guesser.get("/v1/me").status_code for _ in range(45)]
        assert statuses[:5] == [401] * 5
        assert 429 in statuses
        refused = guesser.get("/v1/me")
        if refused.status_code == 429:
            assert int(refused.headers["Retry-After"]) >= 1
        assert anna.get("/v1/me").status_code == 200


def test_the_log_says_how_to_make_the_first_key(start_lean: Callable[..., RunningHost]) -> None:
    host = start_lean(options=("--host", "0.0.0.0"))
    assert f"tomaat keys create --owner YOUR-NAME --admin --home {host.home}" in until(
        lambda: "nobody can use this host yet" in host.log and host.log
    )
    url = host.url.replace("0.0.0.0", "127.0.0.1")
    assert httpx.get(f"{url}/v1/apps").status_code == 401
    assert httpx.get(f"{url}/healthz").status_code == 200
    key = make_key(host, admin=True)
    assert httpx.get(f"{url}/v1/apps", headers={"X-API-Key": key}).status_code == 200


def test_insecure_asks_nobody(start_lean: Callable[..., RunningHost]) -> None:
    host = start_lean(options=("--host", "0.0.0.0", "--insecure"))
    with httpx.Client(base_url=host.url.replace("0.0.0.0", "127.0.0.1"), timeout=60) as anyone:
        assert predict(anyone, "echo").status_code == 200
        assert anyone.get("/v1/me").json()["keys"] is False
    assert "insecure is set" in host.log

"""``tomaat serve --with-announce``: a registry inside a host, for one machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from calls import until
from hosts import RunningHost
from services import announcement
from tomaat import Client
from tomaat.client import Registry
from tomaat.description import RESERVED

StartHost = Callable[..., RunningHost]


@pytest.fixture
def start_lean(start_host: StartHost, lean_apps: Path) -> StartHost:
    """Start a host that has the tests' apps alone."""
    return lambda *options: start_host(path=lean_apps, options=options)


@pytest.fixture
def host(start_lean: StartHost) -> RunningHost:
    """A host with a registry, once it has announced its apps there."""
    started = start_lean("--with-announce")
    until(lambda: started.log.count("announced ") >= len(Client(started.url).apps()))
    return started


def command(host: RunningHost, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``tomaat-announce`` beside a host."""
    return subprocess.run(
        [sys.executable, "-m", "tomaat_announce", *words],
        env=os.environ | {"TOMAAT_HOME": str(host.home)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def test_a_host_announces_to_itself(host: RunningHost) -> None:
    found = Client.discover(host.url)
    assert {endpoint.app for endpoint in found} == {app.name for app in Client(host.url).apps()}
    assert {endpoint.url for endpoint in found} == {host.url}
    assert httpx.get(f"{host.url}/announcePoint").json() == {"announced_at": host.url}
    assert len(httpx.get(f"{host.url}/discover").json()) == len(found)
    (echo,) = (endpoint for endpoint in found if endpoint.app == "echo")
    assert echo.predict(number=4).text("answer") == "one 4"
    page = httpx.get(f"{host.url}/apps/echo").text
    assert f"<code>{echo.sid}</code>" in page
    assert 'href="/registry"' in page


def test_the_host_keeps_its_own_routes(host: RunningHost) -> None:
    assert "apps" in httpx.get(f"{host.url}/v1/apps").json()
    assert httpx.get(f"{host.url}/readyz").status_code == 200
    assert "<h1>Apps</h1>" in httpx.get(host.url).text
    assert httpx.get(f"{host.url}/registry").headers["Content-Type"].startswith("text/html")


def test_sids_outlive_a_restart_and_the_key_is_never_shown(host: RunningHost) -> None:
    before = {endpoint.app: endpoint.sid for endpoint in Client.discover(host.url)}
    host.stop()
    assert f"withdrew echo ({before['echo']})" in host.log
    host.start()
    until(lambda: len(Client.discover(host.url)) == len(before))
    assert {endpoint.app: endpoint.sid for endpoint in Client.discover(host.url)} == before
    (key,) = json.loads(command(host, "keys", "list", "--json").stdout)["keys"]
    assert key["owner"] == "this host"


def test_others_announce_there_with_keys_made_beside_it(host: RunningHost) -> None:
    made = command(host, "keys", "create", "--owner", "a colleague", "--json")
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)["key"]
    other = announcement(api_key=key, base="http://gpu2.example:9001/liver", name="Liver")
    assert httpx.post(f"{host.url}/announce", json=other).json() == {"status": 0, "error": ""}
    with Registry(host.url) as registry:
        assert "Liver" in [endpoint.name for endpoint in registry.endpoints()]


def test_it_works_over_tls(start_lean: StartHost) -> None:
    host = start_lean("--with-announce", "--tls", "--host", "0.0.0.0")
    until(lambda: "announced echo at https://" in host.log)
    url = host.url.replace("0.0.0.0", "127.0.0.1")
    assert "echo" in [endpoint.app for endpoint in Client.discover(url, fingerprint=host.fingerprint)]
    assert "if others know it by another name, set public_url" in host.log


def test_without_the_option_there_is_no_registry(start_lean: StartHost) -> None:
    host = start_lean()
    for path in ("/discover", "/v1/endpoints", "/registry"):
        assert httpx.get(host.url + path).status_code == 404
    assert not (host.home / "announce.db").exists()


def test_reading_the_plugin_loads_nothing() -> None:
    code = "import sys, tomaat_announce.in_host; print(*{'sanic', 'sqlalchemy', 'alembic', 'httpx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == ""


def test_no_app_can_take_its_routes() -> None:
    assert {"announce", "discover", "registry"} <= RESERVED


def test_a_proxy_before_the_host_is_known_to_it(start_lean: StartHost, tmp_path: Path) -> None:
    (tmp_path / "home0").mkdir()
    (tmp_path / "home0" / "announce.toml").write_text("proxies = 1\n", encoding="utf-8")
    host = start_lean("--with-announce", "--allowed-hosts", "models.example")
    forwarded = {"Host": "models.example", "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    page = httpx.get(f"{host.url}/registry", headers=forwarded).text
    assert "<code>https://models.example/discover</code>" in page

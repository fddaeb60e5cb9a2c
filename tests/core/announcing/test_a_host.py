"""A whole host announces its apps: its log, its page, its stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from calls import until
from hosts import RunningHost, install
from services import RunningService
from tomaat import Client

StartHost = Callable[..., RunningHost]
ADDER = '''
from tomaat import App, PlainText, Slider, hookimpl

class Adder(App):
    """Adds one."""
    name, title = "adder", "The adder"
    holds_device = False
    modality, anatomy, task = "CT", "Any", "Sum"
    inputs = (Slider("number", minimum=0, maximum=10),)
    outputs = (PlainText("answer"),)
    def infer(self, data, context):
        return {"answer": f"{data['number'] + 1:g}"}

@hookimpl
def tomaat_apps(register):
    register(Adder)
'''
BROKEN = "import no_such_library"


@pytest.fixture
def plugins(no_plugins: Path) -> Path:
    """A folder with one plugin that works and one that does not."""
    install(no_plugins, "tomaat_adder", ADDER)
    install(no_plugins, "tomaat_wrong", BROKEN)
    return no_plugins


@pytest.fixture
def key(registry: RunningService) -> str:
    """A key of the announcement service."""
    return registry.make_key()


def config(registry: RunningService, key: str) -> str:
    return f'[announce]\nurl = "{registry.url}"\nkey = "{key}"\n'


def of(registry: RunningService, host: RunningHost) -> list[str]:
    """The names of what a host has listed."""
    return [found.name for found in Client.discover(registry.url) if found.prediction_url.startswith(host.url + "/")]


def test_a_host_announces_what_it_serves(
    start_host: StartHost, plugins: Path, registry: RunningService, key: str
) -> None:
    host = start_host(config(registry, key), plugins)
    until(lambda: "announced adder at" in host.log)
    (found,) = [found for found in Client.discover(registry.url, text="adder") if found.url == host.url]
    assert (found.name, found.app, found.version) == ("The adder", "adder", "1.0")  # and not the broken plugin's
    assert f"announced adder at {registry.url} as {found.sid}" in host.log
    assert httpx.get(f"{host.url}/announcePoint").json() == {"announced_at": registry.url}
    assert f"at {registry.url} as <code>{found.sid}</code>" in httpx.get(f"{host.url}/apps/adder").text
    assert found.predict(number=2).text("answer") == "3"
    host.stop()
    assert of(registry, host) == []
    assert f"withdrew adder ({found.sid})" in host.log
    assert key not in host.log


def test_a_killed_host_comes_back_under_its_sid(
    start_host: StartHost, plugins: Path, registry: RunningService, key: str
) -> None:
    host = start_host(config(registry, key), plugins)
    until(lambda: of(registry, host))
    (before,) = [found.sid for found in Client.discover(registry.url, text="adder") if found.url == host.url]
    host.kill()
    assert of(registry, host) == ["The adder"]  # until it expires
    host.start()
    until(lambda: f"announced adder at {registry.url} as {before}" in host.log)


def test_a_service_that_is_away_is_on_the_page(start_host: StartHost, plugins: Path) -> None:
    host = start_host('[announce]\nurl = "http://127.0.0.1:1"\nkey = "secret"\n', plugins)
    until(lambda: "adder is not announced at http://127.0.0.1:1: Nothing can be reached" in host.log)
    page = httpx.get(f"{host.url}/apps/adder").text
    assert "not at http://127.0.0.1:1: Nothing can be reached" in page
    assert "secret" not in host.log + page
    host.stop()
    assert host.process.returncode == 0


def test_an_address_that_only_this_machine_reaches_is_doubted(start_host: StartHost, plugins: Path) -> None:
    announce = '[announce]\nurl = "http://registry.invalid:8001"\nkey = "k"\n'
    host = start_host(announce, plugins)
    until(lambda: "which only this machine reaches; set host or public_url" in host.log)
    said = start_host(f'public_url = "https://gpu1.example"\n{announce}', plugins)
    until(lambda: "adder is not announced" in said.log)
    assert "only this machine" not in said.log

"""``Client.discover``: what announcement services list, ours and the first TOMAAT's, and the way to the hosts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import httpx
import pytest

from hosts import RunningHost
from old_registry import OldRegistry, respond, serve
from services import RunningService, announcement
from tomaat import AsyncClient, Client
from tomaat.client import Endpoint, Registry
from tomaat.client.discovery import PAGE
from tomaat.errors import ConnectionFailed, NotFound

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@pytest.fixture(scope="module")
def spleens(registry: RunningService) -> RunningService:
    """A service that lists three endpoints at ``discover.example``, among others."""
    key = registry.make_key()
    for app, modality, anatomy in (("one", "CT", "Spleen"), ("two", "CT", "Liver"), ("three", "MR", "Spleen")):
        base = f"https://discover.example:9001/tomaat/{app}"
        said = registry.announce(key, base=base, name=f"The {app}", modality=modality, anatomy=anatomy)
        assert said.json() == {"status": 0, "error": ""}
    return registry


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["The one", "The two", "The three"]),
        ({"modality": "ct"}, ["The one", "The two"]),
        ({"anatomy": "SPLEEN", "modality": "MR"}, ["The three"]),
        ({"task": "Segmentation"}, ["The one", "The two", "The three"]),
        ({"task": "Detection"}, []),
        ({"alive": True}, []),
        ({"alive": False}, ["The one", "The two", "The three"]),
    ],
)
def test_filters(spleens: RunningService, filters: dict[str, str], names: list[str]) -> None:
    found = Client.discover(spleens.url, text="discover.example", **filters)  # type: ignore[arg-type]
    assert [endpoint.name for endpoint in found] == names


def test_what_an_endpoint_tells(spleens: RunningService) -> None:
    (one,) = Client.discover(spleens.url, text="discover.example one")
    assert (one.url, one.app) == ("https://discover.example:9001/tomaat", "one")
    assert one.state in ("unknown", "unreachable")
    assert one.announced is not None
    assert one.expires is not None
    assert timedelta(0) < datetime.now(UTC) - one.announced < timedelta(minutes=5)
    assert one.expires - one.announced == timedelta(hours=1)
    with Registry(f"{spleens.url}/discover") as registry:
        assert registry.endpoint(one.sid) == one
        with pytest.raises(NotFound, match="'nothere'"):
            registry.endpoint("nothere")


async def test_the_same_for_asyncio(spleens: RunningService) -> None:
    found = await AsyncClient.discover(spleens.url, modality="MR", text="discover.example")
    assert [(endpoint.name, endpoint.app) for endpoint in found] == [("The three", "three")]
    assert found[0].connect().url == "https://discover.example:9001/tomaat"


def test_many_pages(registry: RunningService) -> None:
    key, count = registry.make_key(), PAGE + 20
    with httpx.Client(base_url=registry.url) as http, ThreadPoolExecutor(8) as pool:
        bodies = [announcement(api_key=key, base=f"https://many.example/app-{number}") for number in range(count)]
        assert {done.status_code for done in pool.map(lambda body: http.post("/announce", json=body), bodies)} == {200}
    found = Client.discover(registry.url, text="many.example")
    assert len({endpoint.sid for endpoint in found}) == len({endpoint.app for endpoint in found}) == count


@pytest.fixture
def old(old_registry: OldRegistry) -> OldRegistry:
    """A service of the first TOMAAT that lists two endpoints."""
    for number, (anatomy, base) in enumerate((("Spleen", "http://gpu1:9001"), ("Liver", "http://gpu2:9001/liver"))):
        said = announcement(base=base, anatomy=anatomy, name=anatomy)
        old_registry.entries[f"{number}" * 64] = said | {"creation_time": 1.5e9}
    return old_registry


@pytest.mark.parametrize("end", ["", "/", "/discover", "/announce"])
def test_a_service_of_the_first_tomaat_is_read(old: OldRegistry, end: str) -> None:
    (spleen, liver) = Client.discover(old.url + end)
    assert (spleen.sid, spleen.name, spleen.state) == ("0000000", "Spleen", "unknown")
    assert spleen.announced == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert (liver.url, liver.app) == ("http://gpu2:9001", "liver")


def test_it_leaves_the_filters_to_the_client(old: OldRegistry) -> None:
    assert [found.name for found in Client.discover(old.url, modality="ct", anatomy="liver")] == ["Liver"]
    assert [found.name for found in Client.discover(old.url, text="GPU1 segments")] == ["Spleen"]
    assert Client.discover(old.url, alive=True) == []
    with Registry(old.url) as registry:
        assert registry.endpoint("1111111").name == "Liver"
        with pytest.raises(NotFound, match="lists no endpoint 'k3v7q2ab'"):
            registry.endpoint("k3v7q2ab")


def test_a_service_without_apps_is_not_called(old: OldRegistry) -> None:
    with Registry(old.url) as registry, pytest.raises(ConnectionFailed, match="service of the first TOMAAT"):
        registry.endpoint("0000000").predict(image=b"")


def test_an_old_host_is_not_called(old_registry: OldRegistry) -> None:
    endpoint = Endpoint.from_json(announcement(base=f"{old_registry.url}/brain") | {"SID": "aaaaaaa"})
    with pytest.raises(ConnectionFailed, match=r"no TOMAAT host of version 1\.0 or later"):
        endpoint.predict(image=b"")


def test_a_call_by_discovery(registry: RunningService, lean_host: RunningHost) -> None:
    registry.announce(registry.make_key(), base=f"{lean_host.url}/echo", name="Echo by discovery")
    (endpoint,) = Client.discover(registry.url, text="Echo by discovery")
    job = endpoint.predict(number=2, formats={})
    assert job.state == "succeeded"
    assert job.results


async def test_a_call_by_discovery_for_asyncio(registry: RunningService, lean_host: RunningHost) -> None:
    registry.announce(registry.make_key(), base=f"{lean_host.url}/echo", name="Echo for asyncio")
    (endpoint,) = await AsyncClient.discover(registry.url, text="Echo for asyncio")
    assert (await endpoint.predict(number=2)).state == "succeeded"


@pytest.fixture
def answering() -> Iterator[Callable[[Answer], str]]:
    """Start a web server that answers so; its URL."""
    servers = []

    def start(answer: Answer) -> str:
        servers.append(serve(answer))
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "body",
    [
        b"<h1>It works!</h1>",
        b"[]",
        b"{}",
        b'{"endpoints": 3, "next": null}',
        b'{"endpoints": [{"name": "no sid"}], "next": null}',
        b'{"endpoints": [{"sid": "a", "expires": "tomorrow"}], "next": null}',
        b'{"endpoints": [], "next": "2"}',
    ],
)
def test_what_is_no_announcement_service_is_said(answering: Callable[[Answer], str], body: bytes) -> None:
    url = answering(lambda request, _: respond(request, 200, body))
    with pytest.raises(ConnectionFailed, match="no announcement service"):
        Client.discover(url)


def test_a_host_is_no_announcement_service(lean_host: RunningHost) -> None:
    with pytest.raises(ConnectionFailed, match="no announcement service"):
        Client.discover(lean_host.url)


def test_what_a_service_knows_better_is_passed_over(answering: Callable[[Answer], str]) -> None:
    endpoint = announcement(base="http://gpu1:9001/brain") | {"sid": "abcdefgh", "state": "dreaming", "rank": 3}
    body = json.dumps({"endpoints": [endpoint], "next": None}).encode()
    (found,) = Client.discover(answering(lambda request, _: respond(request, 200, body)))
    assert (found.sid, found.state, found.json["rank"]) == ("abcdefgh", "dreaming", 3)


def test_nothing_there() -> None:
    with pytest.raises(ConnectionFailed, match=r"tomaat-announce serve.*running there"):
        Client.discover("http://127.0.0.1:1")
    with pytest.raises(ConnectionFailed, match="address"):
        Client.discover("ftp://gpu1")

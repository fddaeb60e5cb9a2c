"""Apps that are announced, as Slicer's tree shows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hosts import RunningHost
from old_registry import OldRegistry, respond, serve
from services import RunningService, announcement
from tomaat_slicer.errors import ConnectionFailed, Stranger
from tomaat_slicer.host import find
from tomaat_slicer.registry import Endpoint, discover, tree_of
from tomaat_slicer.trust import KnownHosts

APPS = (
    ("Spleen B", "CT", "Spleen", "Segmentation"),
    ("Spleen A", "CT", "Spleen", "Segmentation"),
    ("Lesions", "CT", "Liver", "Detection"),
    ("Brain", "MR", "Head", "Segmentation"),
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(home=tmp_path_factory.mktemp("registry"))
    running.start()
    key = running.make_key()
    for name, modality, anatomy, task in APPS:
        base = f"http://127.0.0.1:9/{name.replace(' ', '-').lower()}"
        running.announce(key, name=name, modality=modality, anatomy=anatomy, task=task, base=base, description=name)
    yield running
    running.kill()


@pytest.fixture
def old_registry() -> Iterator[OldRegistry]:
    keys = tuple(str(number) * 64 for number in range(len(APPS)))
    running = OldRegistry(keys)
    for key, (name, modality, anatomy, task) in zip(keys, APPS, strict=True):
        entry = announcement(name=name, modality=modality, anatomy=anatomy, task=task, description=name)
        running.entries[key] = entry | {"creation_time": 0.0}
    yield running
    running.stop()


def shown(endpoints: list[Endpoint]) -> dict[str, dict[str, dict[str, list[str]]]]:
    return {
        modality: {
            anatomy: {task: [each.name for each in found] for task, found in tasks.items()}
            for anatomy, tasks in anatomies.items()
        }
        for modality, anatomies in tree_of(endpoints).items()
    }


TREE = {
    "CT": {"Liver": {"Detection": ["Lesions"]}, "Spleen": {"Segmentation": ["Spleen A", "Spleen B"]}},
    "MR": {"Head": {"Segmentation": ["Brain"]}},
}


@pytest.mark.parametrize("route", ["", "/", "/discover", "/announce", "/v1/endpoints"])
def test_announced_apps_are_a_tree(registry: RunningService, known_hosts: KnownHosts, route: str) -> None:
    found = discover(registry.url + route, known_hosts)
    assert shown(found) == TREE
    assert all(each.sid and each.url.endswith("/predict") and each.description for each in found)


def test_more_than_a_page_is_read(registry: RunningService, known_hosts: KnownHosts) -> None:
    assert shown(discover(registry.url, known_hosts, page=1)) == TREE


def test_words_choose_among_them(registry: RunningService, known_hosts: KnownHosts) -> None:
    assert {each.name for each in discover(registry.url, known_hosts, "spleen")} == {"Spleen A", "Spleen B"}
    assert discover(registry.url, known_hosts, "kidney") == []


def test_the_first_tomaat_s_service_will_do(old_registry: OldRegistry, known_hosts: KnownHosts) -> None:
    assert shown(discover(old_registry.url, known_hosts)) == TREE
    assert {each.name for each in discover(f"{old_registry.url}/discover", known_hosts, "ct LESIONS")} == {"Lesions"}
    assert all(each.state == "unknown" for each in discover(old_registry.url, known_hosts))


def test_one_that_does_not_answer_says_so_and_comes_last() -> None:
    alive = Endpoint("b", "Z", "CT", "Spleen", "Segmentation", "", "http://gpu1/z/predict", "alive")
    gone = Endpoint("a", "A", "CT", "Spleen", "Segmentation", "", "http://gpu1/a/predict", "unreachable")
    assert tree_of([gone, alive])["CT"]["Spleen"]["Segmentation"] == [alive, gone]
    assert gone.title == "A (a) - unreachable"


def test_an_endpoint_leads_to_its_app(registry: RunningService, tls_host: RunningHost, known_hosts: KnownHosts) -> None:
    known_hosts.trust(tls_host.url.partition("://")[2], tls_host.fingerprint)
    registry.announce(registry.make_key(), name="Echo", base=f"{tls_host.url}/echo", anatomy="none at all")
    (endpoint,) = discover(registry.url, known_hosts, "Echo")
    host, _, app = find(endpoint.url, known_hosts)
    assert (str(host.address), app) == (tls_host.url, "echo")


def test_an_older_tomaat_s_endpoint_is_said_to_be_one(known_hosts: KnownHosts) -> None:
    server = serve(lambda request, body: respond(request, 404, b"<h1>Not Found</h1>", "text/html"))
    with pytest.raises(Stranger, match="of a version that this module does not know"):
        find(f"http://127.0.0.1:{server.server_port}/predict", known_hosts)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("answer", [b"[1]", b'{"endpoints": 3}', b"{}", b'[{"name": "no URL"}]', b"no JSON"])
def test_what_is_no_announcement_service_is_said(known_hosts: KnownHosts, answer: bytes) -> None:
    server = serve(lambda request, body: respond(request, 200, answer))
    with pytest.raises(ConnectionFailed, match="no announcement service of TOMAAT"):
        discover(f"http://127.0.0.1:{server.server_port}", known_hosts)
    server.shutdown()
    server.server_close()

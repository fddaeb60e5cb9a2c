"""TOMAAT-Slicer against an announcement service: what it reads of ``/discover``, and a host that it finds there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import slicer
from calls import until
from hosts import RunningHost
from services import RunningService
from slicer import Extension

StartHost = Callable[..., RunningHost]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(home=tmp_path_factory.mktemp("registry"))
    running.start()
    yield running
    running.kill()


def listed(registry: RunningService) -> list[dict[str, Any]]:
    """What the extension gets for the text of its box."""
    with slicer.session() as session:
        found: list[dict[str, Any]] = session.get(f"{registry.url}/discover", timeout=5.0).json()
    return found


def test_services_are_a_tree_by_modality_anatomy_and_task(registry: RunningService) -> None:
    key = registry.make_key()
    for name, modality, anatomy, task in (
        ("Spleen A", "CT", "Spleen", "Segmentation"),
        ("Spleen B", "CT", "Spleen", "Segmentation"),
        ("Lesions", "CT", "Liver", "Detection"),
        ("Brain", "MR", "Head", "Segmentation"),
    ):
        base = f"https://gpu1.example/{name.replace(' ', '-')}"
        registry.announce(key, name=name, modality=modality, anatomy=anatomy, task=task, base=base)
    tree = slicer.tree([each for each in listed(registry) if "gpu1.example" in each["interface_url"]])
    assert {modality: set(anatomies) for modality, anatomies in tree.items()} == {
        "CT": {"Spleen", "Liver"},
        "MR": {"Head"},
    }
    found = tree["CT"]["Spleen"]["Segmentation"]
    assert {entry["name"] for entry in found} == {"Spleen A", "Spleen B"}
    for entry in found:
        assert all(
            isinstance(entry[name], str) for name in ("name", "SID", "prediction_url", "interface_url", "description")
        )
        assert entry["SID"] not in key


def test_a_host_that_announced_itself_is_called(registry: RunningService, start_lean: StartHost) -> None:
    config = f'tls = true\n[announce]\nurl = "{registry.url}"\nkey = "{registry.make_key()}"'
    host = start_lean(config)
    (entry,) = until(
        lambda: [each for each in listed(registry) if each["prediction_url"] == f"{host.url}/echo/predict"]
    )
    extension = Extension()
    assert extension.check(entry["interface_url"]) == host.fingerprint
    extension.trust(entry["interface_url"])
    interface = extension.get(entry["interface_url"], timeout=5.0).json()
    assert [element["destination"] for element in interface] == ["number", "flag", "word"]
    items = extension.predict(entry["prediction_url"], {"number": "2.0", "flag": "False", "word": "two"})
    assert items == [{"type": "PlainText", "content": "two 2", "label": "answer"}]

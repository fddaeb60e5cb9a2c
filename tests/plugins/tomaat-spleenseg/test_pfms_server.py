"""The rest of pfms: what it is, where it runs, the device, the vault's key."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

import images
from hosts import RunningHost
from pfms_calls import DEVICE, infer, pfms_of, refused

StartHost = Callable[..., RunningHost]
SYSINFO = {
    "system": str, "machine": str, "uname": list, "platform": str, "version": str, "availablememory": int,
    "freememory": int, "cpucount": int, "loadavg": list, "cpu_percent": float, "hostname": str, "inet": str,
}  # fmt: skip


@pytest.fixture
def started(start_host: StartHost) -> RunningHost:
    """A host of a test's own."""
    return start_host()


@pytest.mark.parametrize("url", ["/about/", "/about"])
def test_it_says_what_it_is(pfms: httpx.Client, url: str) -> None:
    answer = pfms.get(url)
    assert answer.status_code == 200
    assert set(answer.json()) == {"name", "about", "version"}
    assert answer.json()["version"] == version("tomaat-spleenseg")


@pytest.mark.parametrize(("query", "echo"), [({"echoBack": "hello there"}, "hello there"), ({}, "")])
def test_it_says_where_it_runs(pfms: httpx.Client, query: dict[str, str], echo: str) -> None:
    answer = pfms.get("/sysinfo/", params=query).json()
    assert set(answer) == {"name", "version", "sysinfo", "echoBack"}
    assert answer["echoBack"] == {"msg": echo}
    assert {name: type(value) for name, value in answer["sysinfo"].items()} == SYSINFO
    assert len(answer["sysinfo"]["loadavg"]) == 3


def test_another_method_is_refused_in_the_same_shape(pfms: httpx.Client) -> None:
    refused(pfms.delete("/about/"), 405, "GET")


def test_the_device_is_remembered_and_used(started: RunningHost, spleen_weights: Path) -> None:
    with pfms_of(started) as client:
        assert client.put(DEVICE + "cpu", json={"device": "cpu"}).json() == {"device": "cpu"}
        kept = json.loads((started.home / "pfms.json").read_text(encoding="utf-8"))
        assert kept == {"device": "cpu"}
        started.kill()
        started.start()
        assert client.get(DEVICE).json() == {"device": "cpu"}
        client.post(
            "/spleenseg/modelpth/", params={"modelID": "synthetic-1.0"}, files={"file": spleen_weights.read_bytes()}
        )
        assert infer(client, images.file_of(images.ball())).status_code == 200


@pytest.mark.parametrize("device", ["cuda:97", "tpu", "cpu0"])
def test_a_device_that_is_not_there_is_422(pfms: httpx.Client, device: str) -> None:
    before = pfms.get(DEVICE).json()
    refused(pfms.put(DEVICE + device, json={"device": device}), 422, device, "cpu")
    assert pfms.get(DEVICE.rstrip("/")).json() == before


def test_the_vault_s_key_is_set_once_and_never_shown(started: RunningHost) -> None:
    with pfms_of(started) as client:
        assert client.get("/vaultKey/").json()["locked"] is False
        refused(client.put("/vaultKey/"), 422, "key")
        refused(client.put("/vaultKey/", params={"key": ""}), 422, "key")
        first = client.put("/vaultKey/", params={"key": "open sesame"}).json()
        kept = (started.home / "pfms.json").read_text(encoding="utf-8")
        started.kill()
        started.start()
        second = client.put("/vaultKey/", params={"key": "other"}).json()
        shown = client.get("/vaultKey/").json()
    assert [first["locked"], second["locked"], shown["locked"]] == [True, True, True]
    assert first["description"] != second["description"]
    assert "sesame" not in f"{first}{second}{shown}{kept}{started.log}"
    assert (started.home / "pfms.json").read_text(encoding="utf-8") == kept

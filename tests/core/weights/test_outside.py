"""Weights that nobody uploaded: from the plugin, and from the folder that the settings name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from calls import ended, predict, running, submit
from hosts import APPS, RunningHost, install
from number_weights import APP, number, put

StartHost = Callable[..., RunningHost]

DECLARED = 'Weights(formats=("num",), architecture="one number")'
BUNDLED = 'Weights(formats=("num",), bundled={"own": "own.num", "both": "both.num", "lost": "lost.num"}, default="own")'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of weights."""
    folder = tmp_path / "weights" / "numbers"
    folder.mkdir(parents=True)
    (folder / "both.num").write_bytes(number(20))
    (folder / "v1.5.num").write_bytes(number(21))
    (folder / "README.md").write_bytes(number(22))
    (folder / "a name.num").write_bytes(number(23))
    (folder / "other.num").write_bytes(b"no number")
    return folder


@pytest.fixture
def plugin(no_plugins: Path) -> Path:
    """The tests' app with two weights of its own, and one that was forgotten."""
    source = (APPS / "tomaat_numbers_apps.py").read_text(encoding="utf-8")
    assert DECLARED in source
    install(no_plugins, "tomaat_numbers_apps", source.replace(DECLARED, BUNDLED))
    (no_plugins / "own.num").write_bytes(number(10))
    (no_plugins / "both.num").write_bytes(number(11))
    return no_plugins


@pytest.fixture
def client(start_host: StartHost, plugin: Path, folder: Path) -> Iterator[httpx.Client]:
    host = start_host(f'weights_folder = "{folder.parent}"', path=plugin)
    with httpx.Client(base_url=host.url, timeout=30) as client:
        yield client


def answer(client: httpx.Client, **fields: object) -> str:
    return str(predict(client, "numbers", **fields).json()["results"][0]["value"])


def sources(client: httpx.Client) -> dict[str, str]:
    return {weights["id"]: weights["source"] for weights in client.get(f"{APP}/weights").json()["weights"]}


def test_the_store_comes_before_the_folder_and_the_folder_before_the_plugin(client: httpx.Client) -> None:
    assert sources(client) == {"both": "folder", "own": "plugin", "v1.5": "folder"}
    assert client.get(f"{APP}/weights").json()["default"] == "own"
    assert answer(client, weights="both") == "20 by both"
    assert put(client, "both", number(30)).status_code == 200
    assert sources(client)["both"] == "store"
    assert answer(client, weights="both") == "30 by both"
    assert client.delete(f"{APP}/weights/both").status_code == 204
    assert answer(client, weights="both") == "20 by both"


def test_a_call_that_names_none_gets_the_default(client: httpx.Client, folder: Path) -> None:
    assert answer(client) == "10 by own"
    (folder / "own.num").write_bytes(number(24))
    assert answer(client) == "24 by own"


def test_a_file_may_come_change_and_go(client: httpx.Client, folder: Path) -> None:
    path = folder / "new.num"
    path.write_bytes(number(25))
    assert answer(client, weights="new") == "25 by new"
    first = client.get(f"{APP}/weights/new").json()["sha256"]
    path.write_bytes(number(26))
    os.utime(path, (1, 1))
    assert answer(client, weights="new") == "26 by new"
    assert client.get(f"{APP}/weights/new").json()["sha256"] != first
    path.unlink()
    assert predict(client, "numbers", weights="new").status_code == 422


def test_only_uploaded_ones_can_be_removed(client: httpx.Client, folder: Path, plugin: Path) -> None:
    for name, owner in (("own", "plugin"), ("both", "folder")):
        response = client.delete(f"{APP}/weights/{name}")
        assert (response.status_code, response.json()["code"]) == (409, "conflict")
        assert owner in response.json()["detail"]
    assert (plugin / "own.num").exists()
    assert (folder / "both.num").exists()


def test_their_file_can_be_had(client: httpx.Client) -> None:
    assert client.get(f"{APP}/weights/own?download=true").content == number(10)


def test_no_path_is_told(client: httpx.Client, tmp_path: Path) -> None:
    for path in ("/v1/apps", f"{APP}/weights", f"{APP}/weights/own", "/numbers/interface", "/docs/openapi.json"):
        assert str(tmp_path) not in client.get(path).text
    job = ended(client, submit(client, "numbers"))
    assert str(tmp_path) not in str(job)


def test_the_settings_say_which_are_used_by_default(start_lean: StartHost) -> None:
    host = start_lean('[apps.numbers]\nweights = "b"')
    with httpx.Client(base_url=host.url, timeout=30) as client:
        put(client, "a", number(1))
        refused = predict(client, "numbers")
        assert refused.status_code == 422
        assert "'b'" in refused.json()["detail"]
        put(client, "b", number(2))
        assert answer(client) == "2 by b"
        assert client.get(f"{APP}/weights").json()["default"] == "b"
        assert answer(client, weights="a") == "1 by a"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ('weights_folder = "nowhere/at/all"', "weights_folder is nowhere/at/all"),
        ('[apps.echo]\nweights = "best"', "'echo' takes none"),
    ],
)
def test_settings_that_lead_to_no_weights_stop_the_start(start_lean: StartHost, config: str, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        start_lean(config)


def test_a_job_that_waits_while_its_file_is_changed_says_so(client: httpx.Client, folder: Path) -> None:
    first = submit(client, "numbers", seconds=1.5, weights="both")
    waiting = submit(client, "numbers", number=2, weights="both")
    running(client, first)
    (folder / "both.num").write_bytes(number(200))
    job = ended(client, waiting)
    assert (job["state"], job["error"]["field"]) == ("failed", "weights")
    assert "Submit it again" in job["error"]["detail"]
    assert answer(client, number=2, weights="both") == "400 by both"

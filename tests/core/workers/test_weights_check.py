"""An upload that an app can't use is refused in words, whatever it does to the process that looks at it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from calls import predict, until, workers
from hosts import RunningHost, install

PLUGIN = '''
import ctypes
import os
import subprocess
from tomaat import App, Network, PlainText, Slider, Weights, WeightsLoader, WeightsMismatch, hookimpl


class Same(Network):
    def __call__(self, batch):
        return batch


class OddLoader(WeightsLoader):
    """Does what the file says."""

    format, title = "odd", "Odd"

    def recognises(self, path):
        return path.read_bytes().startswith(b"ODD ")

    def load(self, path, app, device):
        how = path.read_text(encoding="utf-8").split()[1]
        if how == "exit":
            os._exit(0)
        if how == "segfault":
            ctypes.string_at(0)
        if how == "child":
            subprocess.Popen(["sleep", "600"])
            os._exit(1)
        if how == "memory":
            raise MemoryError
        if how == "library":
            import no_such_library
        assert device == "cpu"
        network = Same(device)
        network.how = how
        return network


class Odd(App):
    name = "odd"
    holds_device = False
    inputs = (Slider("number", minimum=0, maximum=9, default=1),)
    outputs = (PlainText("answer"),)
    weights = Weights(formats=("odd",))

    def check_weights(self, network):
        if network.how == "wrong":
            raise WeightsMismatch("Expected an even network.")
        if network.how == "bug":
            raise RuntimeError("secret of /a/patient/folder")

    def infer(self, data, context):
        return {"answer": context.network.how}


@hookimpl
def tomaat_weights_loaders(register):
    register(OddLoader())


@hookimpl
def tomaat_apps(register):
    register(Odd)
'''


@pytest.fixture(scope="module")
def odd_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """A host with the odd app."""
    folder = tmp_path_factory.mktemp("plugins")
    install(folder, "tomaat_odd", PLUGIN)
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=folder)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def client(odd_host: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=odd_host.url, timeout=60) as client:
        yield client


def put(client: httpx.Client, how: str) -> httpx.Response:
    return client.put("/v1/apps/odd/weights/a", content=f"ODD {how}".encode())


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("exit", "crashed, or ran out of memory"),
        ("segfault", "crashed, or ran out of memory"),
        ("memory", "'odd' could not try these weights"),
        ("wrong", "Expected an even network."),
        ("bug", "'odd' could not try these weights"),
    ],
)
def test_what_can_not_be_used_is_refused(client: httpx.Client, odd_host: RunningHost, how: str, words: str) -> None:
    response = put(client, how)
    assert (response.status_code, response.json()["code"]) == (422, "weights_mismatch"), response.text
    assert words in response.json()["detail"]
    for secret in ("secret", "/a/", "Traceback", ".py", str(odd_host.home)):
        assert secret not in response.text.replace("/v1/apps", "")
    assert client.get("/v1/apps/odd/weights").json()["weights"] == []
    until(lambda: not workers(odd_host))


def test_the_log_has_what_the_answer_does_not_tell(client: httpx.Client, odd_host: RunningHost) -> None:
    reference = put(client, "bug").json()["detail"].rpartition("reference ")[2].rstrip(".")
    until(lambda: f"reference {reference}" in odd_host.log)
    assert "RuntimeError: secret of /a/patient/folder" in odd_host.log


def test_a_library_that_is_not_there_is_the_host_s_fault(client: httpx.Client) -> None:
    response = put(client, "library")
    assert (response.status_code, response.json()["code"]) == (503, "worker_not_started")
    assert "need no_such_library" in response.json()["detail"]


def test_nothing_that_a_check_has_started_stays(client: httpx.Client, odd_host: RunningHost) -> None:
    begun = time.monotonic()
    assert put(client, "child").status_code == 422
    assert time.monotonic() - begun < 20
    until(lambda: not workers(odd_host))


def test_after_all_that_good_weights_are_taken(client: httpx.Client) -> None:
    assert put(client, "fine").status_code == 201
    assert predict(client, "odd").json()["results"][0]["value"] == "fine"

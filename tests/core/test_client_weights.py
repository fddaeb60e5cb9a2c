"""The client's calls about weights, on a real host."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hosts import RunningHost
from number_weights import number
from tomaat import AsyncClient, Client, InvalidInput
from tomaat.errors import MalformedRequest, NotFound, TooLarge, WeightsMismatch

CONFIG = "max_weights = 2000000\n"


@pytest.fixture
def client(lean_host: RunningHost) -> Iterator[Client]:
    with Client(lean_host.url) as client:
        yield client
        for weights in client.weights("numbers"):
            client.remove_weights("numbers", weights.id)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.v2.num"
    path.write_bytes(number(3, size=1_500_000))
    return path


def test_push_list_use_remove(client: Client, path: Path) -> None:
    told: list[tuple[int, int]] = []
    pushed = client.push_weights("numbers", path, on_upload=lambda sent, total: told.append((sent, total)))
    assert told[-1] == (1_500_000, 1_500_000)
    assert len(told) == 2
    assert (pushed.id, pushed.format, pushed.size, pushed.source) == ("model.v2", "num", 1_500_000, "store")
    assert pushed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    (listed,) = client.weights("numbers")
    assert (listed.json, listed.default) == (pushed.json, True)
    assert client.predict("numbers", number=2, weights="model.v2").text("answer") == "6 by model.v2"
    client.remove_weights("numbers", "model.v2")
    assert client.weights("numbers") == []


def test_what_one_client_pushes_another_can_use_at_once(client: Client, path: Path, lean_host: RunningHost) -> None:
    with Client(lean_host.url) as other:
        other.push_weights("numbers", path, "first")
        assert other.predict("numbers").text("answer") == "3 by first"
        client.push_weights("numbers", path, "second")
        assert other.predict("numbers", weights="second").text("answer") == "3 by second"
        with pytest.raises(InvalidInput, match="first, second") as caught:
            other.predict("numbers", weights="third")
        assert caught.value.field == "weights"


def test_the_device_is_no_input(client: Client, path: Path) -> None:
    client.push_weights("numbers", path)
    assert client.predict("numbers", device="cpu").provenance["device"] == "cpu"
    with pytest.raises(InvalidInput, match="cuda:0") as caught:
        client.submit("numbers", device="gpu")
    assert caught.value.field == "device"
    with pytest.raises(InvalidInput, match="no input 'device'"):
        client.submit("numbers", {"device": "cpu"})


def test_errors_are_those_of_the_host(client: Client, path: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.num"
    wrong.write_bytes(number("many"))
    large = tmp_path / "large.num"
    large.write_bytes(number(3, size=30_000_000))
    with pytest.raises(WeightsMismatch, match="A number was expected"):
        client.push_weights("numbers", wrong)
    with pytest.raises(TooLarge, match=r"1\.9 MiB"):
        client.push_weights("numbers", large)
    with pytest.raises(MalformedRequest, match="letters, digits"):
        client.push_weights("numbers", path, "../x")
    with pytest.raises(NotFound, match="takes no weights"):
        client.push_weights("echo", path)
    with pytest.raises(NotFound, match="no weights"):
        client.remove_weights("numbers", "nope")
    with pytest.raises(InvalidInput, match=r"missing\.num can't be read"):
        client.push_weights("numbers", tmp_path / "missing.num")


async def test_async(client: Client, lean_host: RunningHost, path: Path) -> None:
    told: list[int] = []
    async with AsyncClient(lean_host.url) as other:
        await other.interface("numbers")
        pushed = await other.push_weights("numbers", path, "best", on_upload=lambda sent, total: told.append(sent))
        assert (pushed.id, told[-1]) == ("best", 1_500_000)
        assert [weights.id for weights in await other.weights("numbers")] == ["best"]
        job = await other.predict("numbers", number=2, weights="best", device="cpu")
        assert await job.text("answer") == "6 by best"
        client.push_weights("numbers", path, "later")
        assert await (await other.predict("numbers", weights="later")).text("answer") == "3 by later"
        with pytest.raises(WeightsMismatch):
            await other.push_weights("numbers", __file__)
        await other.remove_weights("numbers", "best")

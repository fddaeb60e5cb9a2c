"""The plugins that the pages show work: one host has all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import SimpleITK as sitk

from documents import PAGES, blocks
from hosts import RunningHost, install
from tomaat import Client, InvalidInput, WeightsMismatch
from tomaat.image import same_grid
from tomaat.testing import head, oblique

PLUGINS = list(blocks(*PAGES, language="python", note="plugin: "))
CONFIG = "[apps.answer]\nmax_workers = 4\n"


@pytest.fixture(scope="module")
def pages_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """A host with every plugin of the pages."""
    folder = tmp_path_factory.mktemp("plugins")
    for block in PLUGINS:
        install(folder, block.name, block.text)
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=folder, config=CONFIG)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def client(pages_host: RunningHost) -> Iterator[Client]:
    with Client(pages_host.url) as client:
        yield client


def test_none_is_broken(client: Client) -> None:
    assert len(PLUGINS) == len({block.name for block in PLUGINS})
    assert client.broken() == []


@pytest.mark.parametrize("app", ["bright", "brighter"])
def test_labels_come_back_on_the_same_grid(client: Client, app: str) -> None:
    image = oblique()
    labels = client.predict(app, image=image, formats={"labels": "mha"}).image("labels")
    assert same_grid(labels, image)
    assert sitk.GetArrayViewFromImage(labels).any()


def test_a_plugin_says_where_to_announce(pages_host: RunningHost) -> None:
    said = httpx.get(f"{pages_host.url}/announcePoint").json()
    assert said == {"announced_at": "https://registry.example:8001"}


def test_an_app_answers(client: Client) -> None:
    assert client.predict("answer", shout=True).text("answer").startswith("YES")


def test_a_new_kind_of_element_is_shown_checked_and_read(client: Client) -> None:
    (whom,) = client.interface("greeting").inputs
    assert (whom.type, whom.json["longest"]) == ("textfield", 40)
    assert client.predict("greeting", whom="Vesalius").text("greeting").startswith("Good morning, Vesalius!")
    with pytest.raises(InvalidInput, match="40 characters") as caught:
        client.predict("greeting", whom="x" * 41)
    assert caught.value.field == "whom"


def test_preprocess_is_wrapped(client: Client) -> None:
    with pytest.raises(InvalidInput, match="12 mm") as caught:
        client.predict("bright", image=head(size=(20, 20, 8), spacing=(2.0, 2.0, 15.0)))
    assert caught.value.field == "image"


def test_infer_is_wrapped(client: Client) -> None:
    assert client.predict("answer").provenance["peak_memory_kib"] > 1000


def test_postprocess_is_wrapped(client: Client) -> None:
    assert client.predict("answer").text("answer") == "yes\nNot for diagnosis."


def test_weights_are_loaded(client: Client, tmp_path: Path) -> None:
    (tmp_path / "line.json").write_text('{"slope": 0.25, "offset": -1}', encoding="utf-8")
    client.push_weights("bone-age", tmp_path / "line.json", "line")
    assert client.predict("bone-age", length=40).text("age").startswith("9.0 years")
    (tmp_path / "wrong.json").write_text('{"slope": 0.25}', encoding="utf-8")
    with pytest.raises(WeightsMismatch, match="two numbers as JSON"):
        client.push_weights("bone-age", tmp_path / "wrong.json", "wrong")


def test_a_state_dict_is_loaded(client: Client, tmp_path: Path) -> None:
    import torch

    torch.save(torch.nn.Conv3d(1, 2, 3, padding=1).state_dict(), tmp_path / "random.pth")
    client.push_weights("lesions", tmp_path / "random.pth", "random")
    image = oblique()
    labels = client.predict("lesions", image=image, formats={"labels": "mha"}).image("labels")
    assert same_grid(labels, image)
    torch.save(torch.nn.Conv3d(1, 3, 3).state_dict(), tmp_path / "other.pth")
    with pytest.raises(WeightsMismatch, match=r"weight is 3 x 1 x 3 x 3 x 3 and not 2 x 1 x 3 x 3 x 3"):
        client.push_weights("lesions", tmp_path / "other.pth", "other")


def test_a_route_is_added(pages_host: RunningHost) -> None:
    assert "any" in httpx.get(f"{pages_host.url}/v1/anatomies").json()


def test_the_executor_is_replaced(client: Client) -> None:
    """The settings allow four workers."""
    jobs = [client.submit("answer") for _ in range(6)]
    assert [client.wait(job).state for job in jobs] == ["succeeded"] * 6
    assert client.app("answer").json["workers"] == 1


def test_a_finished_job_is_told(client: Client, pages_host: RunningHost) -> None:
    client.predict("greeting", whom="Galen")
    deadline = time.monotonic() + 5
    while "greeting was used for" not in pages_host.log and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "greeting was used for" in pages_host.log


def test_the_log_tells_of_no_error(pages_host: RunningHost) -> None:
    assert "Traceback" not in pages_host.log

"""Drill 9: bombs, tricks with paths, pickles as weights, requests forged through announcements. All are refused.

Single readers have tests of their own, with more of each kind; here is each attack as a whole, against what runs.
"""

from __future__ import annotations

import gzip
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest

import attacks
import broken_files
import images
from calls import ended, form, predict, processes, submit, until
from hosts import RunningHost
from number_weights import files, number, put
from odd_endpoints import answering, standing
from services import RunningService
from tomaat_announce.addresses import Address, Resolver
from tomaat_announce.checking import Checker, Outcome
from vitals import MIB, memory
from wire import part, wire

StartHost = Callable[..., RunningHost]

CONFIG = "max_voxels = 16000000\nretention = 1\n"
SECRET = "root:"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[RunningHost]:
    """A host that is attacked, and serves as before at the end."""
    host = RunningHost(home=tmp_path_factory.mktemp("attacked"), path=lean_apps, config=CONFIG)
    host.start()
    with httpx.Client(base_url=host.url, timeout=120) as client:
        assert predict(client, "positive", image=images.file_of(images.ball())).status_code == 200
        yield host
        assert predict(client, "positive", image=images.file_of(images.ball())).status_code == 200
    host.kill()


@pytest.fixture
def client(attacked: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=attacked.url, timeout=120) as client:
        yield client


@pytest.mark.parametrize("what", attacks.BOMBS)
def test_a_bomb_is_refused_and_takes_no_memory(client: httpx.Client, attacked: RunningHost, what: str) -> None:
    content = attacks.BOMBS[what]()
    before = {pid: memory(pid) for pid in (attacked.process.pid, *processes(attacked))}
    answer = client.post("/v1/apps/positive/predict", files=form({"image": content}))
    # What goes on behind a volume is not read: the volume itself is good.
    assert answer.status_code in ((200, 422) if what.startswith("a gzip that goes on") else (413, 422)), answer.text
    grown = [memory(pid) - bytes_ for pid, bytes_ in before.items() if Path(f"/proc/{pid}/statm").exists()]
    assert max(grown) < 100 * MIB
    until(lambda: used(attacked.home / "jobs") < 10 * MIB)


def used(folder: Path) -> int:
    """Bytes of all files under a folder, which the host removes meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(parent) / name).stat().st_size
    return total


def test_a_compressed_request_is_not_unpacked(client: httpx.Client, attacked: RunningHost) -> None:
    before = memory(attacked.process.pid)
    body = gzip.compress(part("image", bytes(256 * MIB)))
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Encoding": "gzip"}
    answer = client.post("/v1/apps/positive/predict", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert memory(attacked.process.pid) - before < 50 * MIB


@pytest.mark.parametrize(
    "line", [b"X: " + b"y" * 10_000_000, b"X: y\r\n" * 1_000_000, b"x" * 10_000_000], ids=["one", "many", "no end"]
)
def test_headers_without_an_end_are_refused(client: httpx.Client, attacked: RunningHost, line: bytes) -> None:
    before = memory(attacked.process.pid)
    with wire(attacked) as connection:
        with suppress(OSError):  # it does not take all that
            connection.send(b"GET /v1/apps HTTP/1.1\r\nHost: 127.0.0.1\r\n" + line)
        answer = connection.answer()
    assert answer == b"" or 400 <= int(answer.split()[1]) < 500
    assert memory(attacked.process.pid) - before < 50 * MIB


@pytest.mark.parametrize("trick", ["../../../../escaped", "/etc/passwd", "..\\..\\escaped", "a/../../escaped", "~root"])
def test_no_name_is_a_path(client: httpx.Client, attacked: RunningHost, trick: str) -> None:
    """Of a part, of a file, of an app, a job, weights, a result."""
    whole = images.file_of(images.ball(), "a.mha")
    assert client.post("/v1/apps/positive/predict", files={trick: ("a", whole)}).status_code in (400, 422)
    assert client.post("/v1/apps/positive/predict", files={"image": (trick, whole)}).status_code == 200
    before = files(attacked)
    quoted = "".join(f"%{byte:02x}" for byte in trick.encode())
    for path in (f"/v1/apps/{quoted}", f"/v1/jobs/{quoted}", f"/v1/jobs/{quoted}/results/{quoted}", f"/{quoted}"):
        answer = client.get(path)
        assert 400 <= answer.status_code < 500, path
        assert SECRET not in answer.text
    assert client.put(f"/v1/apps/numbers/weights/{quoted}", content=number(1)).status_code in (400, 404)
    assert client.get(f"/v1/apps/numbers/weights/{quoted}").status_code in (400, 404)
    assert files(attacked) == before
    job = ended(client, submit(client, "echo"))
    assert client.get(f"/v1/jobs/{job['id']}/results/{quoted}").status_code in (400, 404, 406)
    assert list(attacked.home.parent.rglob("*escaped*")) == []


@pytest.mark.parametrize(
    "content",
    [
        broken_files.nrrd(data_file=broken_files.SECRET),
        broken_files.nrrd(data_file="../../tomaat.db"),
        broken_files.mha(ElementDataFile=broken_files.SECRET),
        broken_files.mha(b"/etc/passwd\n", ElementDataFile="LIST"),
        broken_files.zip_of(**{"../../escaped.dcm": bytes(128) + b"DICM"}),
        broken_files.zip_of(**{"/etc/escaped.dcm": bytes(128) + b"DICM"}),
    ],
    ids=["nrrd", "nrrd, relative", "mha", "mha, list", "zip", "zip, absolute"],
)
@pytest.mark.parametrize("path", ["/v1/apps/positive/predict", "/positive/predict"])
def test_no_image_names_a_file_of_the_host(
    client: httpx.Client, attacked: RunningHost, content: bytes, path: str
) -> None:
    answer = client.post(path, files={"image": ("a", content)})
    assert answer.status_code == 422, answer.text
    assert SECRET not in answer.text
    assert list(attacked.home.parent.rglob("*escaped*")) == []


def test_a_pickle_runs_no_code(start_host: StartHost, tmp_path: Path) -> None:
    host = start_host()
    with httpx.Client(base_url=host.url, timeout=120) as client:
        for name, (content, trace) in attacks.pickles(tmp_path).items():
            answer = client.put(f"/v1/apps/spleen/weights/{name}", content=content)
            assert (answer.status_code, answer.json()["code"]) == (422, "weights_mismatch"), answer.text
            assert not trace.exists(), name
        assert client.get("/v1/apps/spleen/weights").json()["weights"] == []
    assert list((host.home / "weights" / "incoming").iterdir()) == []


def test_weights_that_are_good_under_a_bad_name_are_not_kept(client: httpx.Client, attacked: RunningHost) -> None:
    before = files(attacked)
    for name in ("..", ".", "a%2fb", "a%00b", "-rf", "a" * 300):
        assert 400 <= put(client, name, number(2)).status_code < 500
    assert files(attacked) == before


PRIVATE = (
    "http://127.0.0.1:{port}",
    "http://localhost:{port}",
    "http://[::1]:{port}",
    "http://0.0.0.0:{port}",
    "http://2130706433:{port}",
    "http://0x7f.1:{port}",
    "http://[::ffff:127.0.0.1]:{port}",
    "http://169.254.169.254",
    "http://10.0.0.1",
    "http://user@127.0.0.1:{port}",
)


def test_an_announcement_makes_nobody_ask_this_network(tmp_path: Path) -> None:
    """A service for the internet refuses what stands for its own machine or network, however it is written."""
    service = RunningService(home=tmp_path, config="public_only = true\ncheck_interval = 1\ncheck_private = false\n")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(2)
        port = listening.getsockname()[1]
        service.start()
        try:
            key = service.make_key()
            for base in PRIVATE:
                assert service.announce(key, base=base.format(port=port)).json()["status"] == 1, base
            assert service.discover() == []
            with pytest.raises(TimeoutError):
                listening.accept()
        finally:
            service.stop()


async def test_a_redirect_leads_nobody_into_this_network() -> None:
    asked: list[bytes] = []
    async with standing(answering(asked=asked)) as inside:
        moved = answering(status="307 Temporary Redirect", headers=f"Location: {inside}/interface\r\n", body=b"[]")
        async with standing(moved) as outside:
            checker = Checker(Resolver(), private=True, timeout=5)
            assert await checker.check(f"{outside}/interface") is Outcome.NO_INTERFACE
    assert asked == []


class Rebound(Resolver):
    """What a name stands for that was public when it was announced, and is not any more when it is asked."""

    async def resolve(self, host: str, timeout: float = 3.0) -> list[Address]:
        return [IPv4Address("127.0.0.1")]


async def test_a_name_that_is_bound_anew_leads_nobody_into_this_network() -> None:
    asked: list[bytes] = []
    async with standing(answering(asked=asked)) as inside:
        port = re.findall(r":(\d+)$", inside)[0]
        checker = Checker(Rebound(), private=False, timeout=5)
        assert await checker.check(f"http://rebound.example:{port}/interface") is not Outcome.ALIVE
    assert asked == []

"""Weights and a host that is killed, as by a power cut: what was accepted is there, and nothing else."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from calls import ended, running, submit, until
from hosts import RunningHost
from number_weights import APP, blob, files, names, number, put

StartHost = Callable[..., RunningHost]


def begin_upload(host: RunningHost, name: str, content: bytes) -> socket.socket:
    """Send half of an upload, and wait until the host has some of it on its disk."""
    port = int(host.url.rpartition(":")[2])
    line = socket.create_connection(("127.0.0.1", port))
    head = f"PUT {APP}/weights/{name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n"
    line.sendall(head.encode() + content[: len(content) // 2])
    until(lambda: any("incoming" in file for file in files(host)))
    return line


def test_weights_outlive_a_kill(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        before = put(client, "kept", number(3)).json()
        put(client, "gone", number(4))
        client.delete(f"{APP}/weights/gone")
    host.kill()
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert client.get(f"{APP}/weights/kept").json() == before
        assert names(client) == ["kept"]
        assert ended(client, submit(client, "numbers", number=2))["results"][0]["value"] == "6 by kept"
    assert files(host) == {blob(number(3))}


def test_a_kill_during_an_upload_leaves_nothing_of_it(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        put(client, "best", number(3))
    with begin_upload(host, "best", number(4, size=8 * 2**20)):
        host.kill()
    assert len(files(host)) == 2
    host.start()
    assert files(host) == {blob(number(3))}
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert client.get(f"{APP}/weights/best?download=true").content == number(3)


def test_a_client_that_leaves_during_an_upload_leaves_nothing(start_lean: StartHost) -> None:
    host = start_lean()
    begin_upload(host, "best", number(4, size=8 * 2**20)).close()
    until(lambda: not files(host))
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert names(client) == []


def test_files_that_nobody_knows_are_removed_at_the_start(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        put(client, "best", number(3))
    host.kill()
    (host.home / "weights" / blob(number(5))).write_bytes(number(5))
    host.start()
    assert files(host) == {blob(number(3))}


def test_what_has_lost_its_file_is_not_there(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        put(client, "best", number(3))
        (host.home / "weights" / blob(number(3))).unlink()
        assert names(client) == []
        assert client.get(f"{APP}/weights/best").status_code == 404
        assert put(client, "best", number(3)).status_code == 201
        assert names(client) == ["best"]


def test_jobs_keep_their_weights_over_a_kill(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        put(client, "best", number(3))
        ran = submit(client, "numbers", number=2, seconds=2)
        queued = submit(client, "numbers", number=3)
        running(client, ran)
        put(client, "best", number(5))
        assert files(host) == {blob(number(3)), blob(number(5))}
    host.kill()
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert files(host) == {blob(number(3)), blob(number(5))}
        assert ended(client, ran)["results"][0]["value"] == "6 by best"
        assert ended(client, queued)["results"][0]["value"] == "9 by best"
        until(lambda: files(host) == {blob(number(5))})
        assert ended(client, submit(client, "numbers", number=2))["results"][0]["value"] == "10 by best"


def test_a_job_whose_file_was_changed_under_a_stopped_host_says_so(start_lean: StartHost, tmp_path: Path) -> None:
    path = tmp_path / "weights" / "numbers" / "mine.num"
    path.parent.mkdir(parents=True)
    path.write_bytes(number(3))
    host = start_lean(f'weights_folder = "{tmp_path / "weights"}"')
    with httpx.Client(base_url=host.url, timeout=30) as client:
        ran = submit(client, "numbers", number=2, seconds=30)
        same = submit(client, "numbers", number=3)
        running(client, ran)
    host.kill()
    path.write_bytes(number(44))
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        for job in (ended(client, ran), ended(client, same)):
            assert (job["state"], job["error"]["code"], job["error"]["field"]) == ("failed", "invalid_input", "weights")
            assert "'mine' have been changed" in job["error"]["detail"]
        assert ended(client, submit(client, "numbers", number=2))["results"][0]["value"] == "88 by mine"


def test_a_large_upload_takes_no_memory(start_lean: StartHost) -> None:
    """It goes to the disk as it comes, and the host answers others meanwhile."""
    host = start_lean()
    size = 256 * 2**20

    def pieces() -> object:
        yield number(2)
        for _ in range(size // 2**20):
            yield bytes(2**20)

    before = peak_memory(host)
    with httpx.Client(base_url=host.url, timeout=120) as client:
        begun = time.monotonic()
        response = client.put(f"{APP}/weights/large", content=pieces())  # type: ignore[arg-type]
        assert response.status_code == 201, response.text
        assert time.monotonic() - begun < 60
        assert response.json()["size"] == size + len(number(2))
    assert peak_memory(host) - before < 48 * 2**20


def peak_memory(host: RunningHost) -> int:
    """Bytes that the host's own process has had at most."""
    with open(f"/proc/{host.process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

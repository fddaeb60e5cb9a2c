"""A connection breaks while a job is sent: the client sends it again, and it is one job."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import httpx
import pytest

import images
from calls import diary
from hosts import RunningHost
from tomaat import AsyncClient, Client
from tomaat.errors import ConnectionFailed


class Breaker:
    """Stands before a host, and breaks the connections of calls: ``after`` they have arrived, or before."""

    def __init__(self, host: RunningHost, breaks: int, *, after: bool) -> None:
        self._target = ("127.0.0.1", int(host.port))
        self._breaks = breaks
        self._after = after
        self.posts = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as host, suppress(OSError):
            threading.Thread(target=self._answers, args=(host, client), daemon=True).start()
            while chunk := client.recv(2**16):
                if chunk.startswith(b"POST "):
                    self.posts += 1
                    if self.posts <= self._breaks and not self._after:
                        return
                host.sendall(chunk)

    def _answers(self, host: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while chunk := host.recv(2**16):
                if self._after and chunk.startswith(b"HTTP/1.1 202 ") and self.posts <= self._breaks:
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(chunk)


@contextmanager
def breaking(host: RunningHost, breaks: int = 1, *, after: bool = True) -> Iterator[Breaker]:
    breaker = Breaker(host, breaks, after=after)
    yield breaker
    breaker.close()


@pytest.mark.parametrize(("number", "after"), [(61, True), (62, False)])
def test_a_broken_call_is_sent_again_and_runs_once(lean_host: RunningHost, number: int, after: bool) -> None:
    with breaking(lean_host, after=after) as breaker, Client(breaker.url) as client:
        assert client.predict("diary", number=number).state == "succeeded"
    assert breaker.posts == 2
    assert [words[0] for words in diary(lean_host) if words[2] == str(number)] == ["begin", "end"]


def test_a_file_is_sent_whole_again(lean_host: RunningHost, tmp_path: Path) -> None:
    path = tmp_path / "image.nii.gz"
    path.write_bytes(images.file_of(images.ball()))
    sent: list[tuple[int, int]] = []
    with breaking(lean_host) as breaker, Client(breaker.url) as client:
        job = client.predict("positive", image=path, on_upload=lambda *progress: sent.append(progress))
    assert job.state == "succeeded"
    size = path.stat().st_size
    assert max(sent) == (size, size), "what is sent twice is not counted twice"


def test_asyncio_does_so_too(lean_host: RunningHost) -> None:
    async def call(url: str) -> str:
        async with AsyncClient(url) as client:
            return (await client.predict("diary", number=63)).state

    with breaking(lean_host) as breaker:
        assert asyncio.run(call(breaker.url)) == "succeeded"
    assert [words[0] for words in diary(lean_host) if words[2] == "63"] == ["begin", "end"]


def test_only_once(lean_host: RunningHost) -> None:
    refused = pytest.raises(ConnectionFailed)
    with breaking(lean_host, breaks=5, after=False) as breaker, Client(breaker.url) as client, refused:
        client.submit("diary", number=64)
    assert breaker.posts == 2


class Stream(BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError("a stream")


def test_a_stream_that_can_not_go_back_is_not_sent_again(lean_host: RunningHost) -> None:
    with breaking(lean_host) as breaker, Client(breaker.url) as client, pytest.raises(ConnectionFailed):
        client.submit("positive", image=Stream(images.file_of(images.ball())))
    assert breaker.posts == 1


def test_two_calls_are_two_jobs(lean: httpx.Client, lean_host: RunningHost) -> None:
    with Client(lean_host.url) as client:
        assert client.submit("echo", number=1).id != client.submit("echo", number=1).id

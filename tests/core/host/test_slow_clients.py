"""Clients that stop in the middle, drip, or never read: they are given up, and leave nothing."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress

import httpx
import pytest

from calls import predict, until
from hosts import RunningHost
from wire import Wire, part, wire

CONFIG = """
upload_timeout = 1.0
max_uploads = 1
"""
PATHS = ["/v1/apps/positive/predict", "/v1/apps/positive/jobs", "/positive/predict"]


def problem(answer: bytes) -> tuple[bytes, str]:
    return answer[:13], answer.partition(b"\r\n\r\n")[2].decode()


@pytest.mark.parametrize("path", PATHS)
def test_an_upload_that_stops_is_given_up(lean: httpx.Client, lean_host: RunningHost, path: str) -> None:
    with wire(lean_host) as line:
        line.head(path, length=900_000)
        line.send(part("image", bytes(1000)))
        status, body = problem(line.answer())
        assert status == b"HTTP/1.1 408 "
        assert "Nothing has come for 1 s" in body
        until(lambda: lean_host.job_folders == [])
        assert lean.post(path, files={"image": bytes(100_000)}).status_code == 422, "its place is free"


def test_weights_that_stop_are_given_up(lean_host: RunningHost) -> None:
    with wire(lean_host) as line:
        line.send(
            b"PUT /v1/apps/numbers/weights/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n" + bytes(10)
        )
        status, body = problem(line.answer())
    assert status == b"HTTP/1.1 408 "
    assert json.loads(body)["code"] == "upload_timeout"
    assert list((lean_host.home / "weights" / "incoming").iterdir()) == []


def drip(line: Wire, stop: threading.Event) -> None:
    with suppress(OSError):
        while not stop.wait(0.2):
            line.send(b"a")


@pytest.mark.parametrize("path", PATHS)
def test_an_upload_that_drips_is_given_up(lean_host: RunningHost, path: str) -> None:
    stop = threading.Event()
    with wire(lean_host) as line:
        line.head(path, length=900_000)
        line.send(part("image", bytes(1000)))
        thread = threading.Thread(target=drip, args=(line, stop))
        thread.start()
        status, body = problem(line.answer())
        stop.set()
        thread.join()
    assert status == b"HTTP/1.1 408 "
    assert "too slow" in body
    until(lambda: lean_host.job_folders == [])


def test_a_head_that_never_ends_is_given_up(lean_host: RunningHost) -> None:
    stop = threading.Event()
    with wire(lean_host) as line:
        line.send(b"GET /v1/apps HTTP/1.1\r\nX-Slow: ")
        thread = threading.Thread(target=drip, args=(line, stop))
        thread.start()
        status, _ = problem(line.answer())
        stop.set()
        thread.join()
    assert status == b"HTTP/1.1 408 "


def test_a_slow_but_steady_upload_is_taken(lean: httpx.Client) -> None:
    def body() -> object:
        yield part("image")
        for _ in range(8):
            time.sleep(0.3)
            yield bytes(20_000)
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = lean.post("/v1/apps/positive/predict", content=body(), headers=headers)
    assert answer.status_code == 422, answer.text
    assert predict(lean, "echo", number=1).status_code == 200

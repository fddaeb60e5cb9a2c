"""Uploads go to disk as they arrive: no more than is allowed, no more memory than they need, no trace if cut off."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import broken_files
from calls import until
from hosts import RunningHost
from wire import CLOSING, part, wire

StartHost = Callable[..., RunningHost]
CONFIG = "max_upload = 3000000"
PIECE = bytes(range(256)) * 4096
PATHS = ["/v1/apps/positive/predict", "/v1/apps/positive/jobs", "/positive/predict"]


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


@pytest.mark.parametrize("path", PATHS)
def test_too_long_a_body_is_refused_by_its_length(lean_host: RunningHost, path: str) -> None:
    with wire(lean_host) as line:
        line.head(path, length=50_000_000)
        line.send(part("image", bytes(1000)))
        answer = line.answer()
    assert status_of(answer) == 413
    until(lambda: lean_host.job_folders == [], seconds=3)


@pytest.mark.parametrize("path", PATHS)
def test_too_long_a_body_is_refused_while_it_streams(lean_host: RunningHost, path: str) -> None:
    with wire(lean_host) as line:
        line.head(path)
        line.chunk(part("image"))
        sent = 0
        try:
            while sent < 60 * len(PIECE):
                line.chunk(PIECE)
                sent += len(PIECE)
        except ConnectionError:
            pass  # it does not take the rest
        answer = line.answer()
    assert sent < 60 * len(PIECE) or status_of(answer) == 413
    until(lambda: lean_host.job_folders == [], seconds=3)


@pytest.mark.parametrize("path", PATHS)
def test_a_little_too_long_a_body_is_told_so_in_the_protocol_s_shape(lean: httpx.Client, path: str) -> None:
    def body() -> Iterator[bytes]:
        yield part("image")
        for _ in range(3):
            yield PIECE
        yield CLOSING

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = lean.post(path, content=body(), headers=headers)
    assert answer.status_code == 413
    content = json.loads(answer.text)
    if path.startswith("/v1"):
        assert content["code"] == "too_large"
        assert "MiB" in content["detail"]
    else:
        assert content[0]["label"] == "Error!"


def test_a_body_just_within_the_limit_is_taken(lean: httpx.Client) -> None:
    answer = lean.post("/v1/apps/positive/predict", files={"image": ("a", bytes(2_900_000))})
    assert answer.status_code == 422


@pytest.mark.parametrize("path", PATHS)
def test_a_client_that_hangs_up_leaves_nothing(lean: httpx.Client, lean_host: RunningHost, path: str) -> None:
    jobs = lean_host.home / "jobs"
    with wire(lean_host) as line:
        line.head(path, length=2_900_000)
        line.send(part("image", PIECE + PIECE))
        until(lambda: any(jobs.rglob("image")))
    until(lambda: lean_host.job_folders == [], seconds=3)
    assert lean.get("/v1/jobs").json() == {"jobs": []}
    assert "Traceback" not in lean_host.log


def test_a_client_that_hangs_up_before_its_form_leaves_nothing(lean_host: RunningHost) -> None:
    with wire(lean_host) as line:
        line.head("/v1/apps/positive/predict", length=1000)
    until(lambda: lean_host.job_folders == [], seconds=3)


def memory(host: RunningHost, name: str) -> int:
    """A line of the host's ``/proc/PID/status``, in bytes."""
    lines = Path(f"/proc/{host.process.pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name))) * 1024


@pytest.mark.parametrize(
    ("path", "encode", "pieces"),
    [
        ("/v1/apps/positive/predict", lambda content: content, 300),
        ("/positive/predict", lambda content: base64.b64encode(content), 150),
    ],
)
def test_the_host_does_not_grow_with_an_upload(
    default_host: RunningHost, path: str, encode: Callable[[bytes], bytes], pieces: int
) -> None:
    start = broken_files.mha(b"", DimSize="4 4 999999999").ljust(len(PIECE), b"\0")
    three = encode(PIECE[: 3 * 2**18])  # a multiple of three bytes ends without padding

    def body() -> Iterator[bytes]:
        yield part("image")
        yield encode(start[: 3 * 2**18])
        for _ in range(pieces * len(PIECE) // len(three)):
            yield three
        yield CLOSING

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with httpx.Client(base_url=default_host.url, timeout=120) as client:
        client.post(path, content=b"--b--\r\n", headers=headers)
        Path(f"/proc/{default_host.process.pid}/clear_refs").write_text("5")  # forget the highest mark so far
        before = memory(default_host, "VmRSS")
        answer = client.post(path, content=body(), headers=headers)
    assert answer.status_code == 422, answer.text
    assert memory(default_host, "VmHWM") - before < 50 * 2**20
    until(lambda: not any((default_host.home / "jobs").rglob("image")))


def test_the_host_answers_others_during_an_upload(lean: httpx.Client, lean_host: RunningHost) -> None:
    with wire(lean_host) as line:
        line.head("/v1/apps/positive/predict", length=2_000_000)
        line.send(part("image", PIECE))
        assert lean.get("/healthz").elapsed.total_seconds() < 0.5

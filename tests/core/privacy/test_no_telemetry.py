"""A host calls nobody: neither it nor its workers open a connection, whatever plugins are installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import images
from calls import ended, predict, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]

WATCH = """
import os
import sys

FAMILIES = (2, 10)  # IPv4 and IPv6


def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        told = arguments[-1] if event == "socket.sendto" else arguments[1] if event == "socket.connect" else arguments
        if event != "socket.getaddrinfo" and getattr(arguments[0], "family", 0) not in FAMILIES:
            return
        with open(os.environ["TOMAAT_TEST_CALLS"], "a", encoding="utf-8") as file:
            file.write(f"{event} {told}\\n")


if "TOMAAT_TEST_CALLS" in os.environ:
    sys.addaudithook(watch)
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that every Python process of the host writes to when it calls somebody."""
    file = tmp_path / "calls"
    monkeypatch.setenv("TOMAAT_TEST_CALLS", str(file))
    monkeypatch.setenv("SANIC_USE_UVLOOP", "false")  # which connects past Python, and so past what watches here
    return file


def watching(folder: Path, apps: Path) -> Path:
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    return Path(f"{folder}:{apps}")


def told(calls: Path) -> list[str]:
    """Calls to anybody else than the address that the host listens on."""
    lines = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
    return [line for line in lines if not (line.startswith("socket.getaddrinfo") and "127.0.0.1" in line)]


def test_a_host_with_all_plugins_calls_nobody(
    start_host: StartHost, test_apps: Path, tmp_path: Path, calls: Path
) -> None:
    host = start_host(path=watching(tmp_path / "watching", test_apps))
    with httpx.Client(base_url=host.url, timeout=120) as http:
        image = images.file_of(images.ball())
        assert predict(http, "positive", image=image).status_code == 200
        assert predict(http, "threshold", image=image).status_code == 200
        ended(http, submit(http, "talker"))
        assert http.get("/").status_code == http.get("/docs").status_code == 200
    host.stop()
    assert told(calls) == []


def test_the_watch_would_see_a_call(start_lean: StartHost, lean_apps: Path, tmp_path: Path, calls: Path) -> None:
    options = ("--announce", "http://127.0.0.1:1", "--announce-key", "0" * 64)
    host = start_lean(path=watching(tmp_path / "watching", lean_apps), options=options)
    until(lambda: any("socket.connect ('127.0.0.1', 1)" in line for line in told(calls)))
    host.stop()

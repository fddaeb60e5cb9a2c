"""Talk to a host as a test does: submit, wait for the end, look at its processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx

from hosts import RunningHost

T = TypeVar("T")

POLL = 0.02


def form(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields for httpx's ``files``: texts and numbers as plain multipart fields, bytes as files."""
    return {
        name: (f"{name}.bin", value) if isinstance(value, bytes) else (None, str(value))
        for name, value in fields.items()
    }


def send(client: httpx.Client, path: str, *, accept: str = "*/*", **fields: Any) -> httpx.Response:
    """Post a form. httpx sends no form at all where there are no fields; a browser sends an empty one."""
    if fields:
        return client.post(path, files=form(fields), headers={"Accept": accept})
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Accept": accept}
    return client.post(path, content=b"--b--\r\n", headers=headers)


def predict(client: httpx.Client, app: str, **fields: Any) -> httpx.Response:
    """Call an app and wait."""
    return send(client, f"/v1/apps/{app}/predict", **fields)


def submit(client: httpx.Client, app: str, **fields: Any) -> str:
    """Submit a job; returns its id."""
    response = send(client, f"/v1/apps/{app}/jobs", **fields)
    assert response.status_code == 202, response.text
    return str(response.json()["id"])


def job(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """A job as the host shows it now."""
    response = client.get(f"/v1/jobs/{job_id}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def until(condition: Callable[[], T], seconds: float = 15.0) -> T:
    """What ``condition`` returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"still not true after {seconds:g} s"
        time.sleep(POLL)
    return found


async def soon(condition: Callable[[], T], seconds: float = 15.0) -> T:
    """:func:`until` for a test whose event loop has to go on meanwhile."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"still not true after {seconds:g} s"
        await asyncio.sleep(POLL)
    return found


def ended(client: httpx.Client, job_id: str, seconds: float = 40.0) -> dict[str, Any]:
    """A job, once it has ended."""
    return until(lambda: (found := job(client, job_id))["state"] not in ("queued", "running") and found, seconds)


def running(client: httpx.Client, job_id: str, seconds: float = 40.0) -> dict[str, Any]:
    """A job, once its app computes: it has told of progress, or its worker is busy."""
    return until(
        lambda: (
            (found := job(client, job_id))["state"] == "running"
            and client.get(f"/v1/apps/{found['app']}").json()["state"] == "busy"
            and found
        ),
        seconds,
    )


def processes(host: RunningHost) -> set[int]:
    """All processes that the host has started, and those that they have started: by the data folder they know."""
    mark = f"TOMAAT_HOME={host.home}".encode()
    return {pid for pid, environment in _environments() if mark in environment.split(b"\0")} - {host.process.pid}


def workers(host: RunningHost) -> set[int]:
    """The host's worker processes and what these have started, without the fork server that they come from."""
    return {pid for pid in processes(host) if _parent(pid) != host.process.pid}


def diary(host: RunningHost) -> list[list[str]]:
    """What the apps of ``tomaat_diary_apps`` have noted, word by word; the seconds of a monotonic clock come last."""
    path = host.home / "diary.txt"
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def exists(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    return _state(pid) not in ("", "Z", "X")


def _environments() -> Iterator[tuple[int, bytes]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and exists(int(folder.name)):
            try:
                yield int(folder.name), (folder / "environ").read_bytes()
            except OSError:
                continue


def _state(pid: int) -> str:
    return _status(pid).get("State", "")[:1]


def _parent(pid: int) -> int:
    return int(_status(pid).get("PPid", "0"))


def _status(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

"""Drill 2: 200 calls at once on one worker whose queue takes 20."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

from calls import form, predict, until
from hosts import RunningHost
from vitals import MIB, memory

StartHost = Callable[..., RunningHost]

CALLS, QUEUE = 200, 20
CONFIG = f"""
[apps.sleeper]
queue_limit = {QUEUE}
"""
REFUSED = 1.0
"""Seconds within which all calls that find the queue full are refused."""


@dataclass
class Answered:
    """One call: its answer, and how many seconds after the first of all calls it came."""

    status: int
    headers: dict[str, str]
    content: bytes
    seconds: float


class Stopwatch:
    """Seconds since it was made, less those in which host and clients stood still since something else, such as a test
    beside this one, had the processors."""

    def __init__(self, host: RunningHost) -> None:
        self._files = [Path(f"/proc/{pid}/schedstat") for pid in (host.process.pid, os.getpid())]
        self._begun = self._now()

    def read(self) -> float:
        return self._now() - self._begun

    def _now(self) -> float:
        return time.monotonic() - sum(int(file.read_text(encoding="utf-8").split()[1]) for file in self._files) / 1e9


def request(host: RunningHost) -> bytes:
    """The bytes of a call. They are sent as they are: 200 clients of a library take longer than the host itself."""
    made = httpx.Request("POST", f"{host.url}/v1/apps/sleeper/predict", files=form({"seconds": 0.3}))
    content = made.read()
    lines = [f"{name}: {value}" for name, value in made.headers.items()]
    return "\r\n".join([f"POST {made.url.path} HTTP/1.1", *lines, "", ""]).encode() + content


async def call(host: RunningHost, content: bytes, stopwatch: Stopwatch) -> Answered:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.port))
    writer.write(content)
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    seconds = stopwatch.read()
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    writer.close()
    return Answered(int(first.split()[1]), headers, body, seconds)


async def test_as_many_as_the_queue_takes_succeed_and_the_others_are_told_when_to_come_again(
    start_drilled: StartHost,
) -> None:
    host = start_drilled(CONFIG)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        predict(client, "sleeper", seconds=0)
    before = memory(host.process.pid)
    content, stopwatch = request(host), Stopwatch(host)
    answers = await asyncio.gather(*(call(host, content, stopwatch) for _ in range(CALLS)))
    served = [each for each in answers if each.status == 200]
    refused = [each for each in answers if each.status == 503]
    assert len(served) + len(refused) == CALLS
    # One runs while 20 wait, and while the last of the 200 arrive, a few more may have had their turn.
    assert QUEUE <= len(served) <= QUEUE + 15
    for each in refused:
        assert orjson.loads(each.content)["code"] == "busy"
        assert int(each.headers["retry-after"]) > 0
    assert max(each.seconds for each in refused) < REFUSED
    ours = [orjson.loads(each.content)["results"][0]["value"] for each in served]
    assert len(set(ours)) == 1, "one worker served them, one after the other"
    with httpx.Client(base_url=host.url, timeout=60) as client:
        until(lambda: client.get("/v1/apps/sleeper").json()["queue"] == 0)
        assert predict(client, "sleeper", seconds=0).status_code == 200
    assert memory(host.process.pid) - before < 20 * MIB

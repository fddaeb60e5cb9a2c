"""Drill 2: 200 calls at once on one worker whose queue takes 20."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from calls import form, predict, until
from hosts import RunningHost
from vitals import MIB, memory

StartHost = Callable[..., RunningHost]

CALLS, QUEUE = 200, 20
CONFIG = f"""
[apps.sleeper]
queue_limit = {QUEUE}
"""
REFUSED = 5.0
"""Seconds within which half of the calls that find the queue full are refused. One is wanted, of a machine that is the
host's; this one runs the 200 clients, too, and other tests beside."""


@dataclass
class Answered:
    """One call: its answer, and after how many seconds it came."""

    response: httpx.Response
    seconds: float


async def call(client: httpx.AsyncClient) -> Answered:
    begun = time.monotonic()
    response = await client.post("/v1/apps/sleeper/predict", files=form({"seconds": 0.3}))
    return Answered(response, time.monotonic() - begun)


async def test_as_many_as_the_queue_takes_succeed_and_the_others_are_told_when_to_come_again(
    start_drilled: StartHost,
) -> None:
    host = start_drilled(CONFIG)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        predict(client, "sleeper", seconds=0)
    before = memory(host.process.pid)
    limits = httpx.Limits(max_connections=CALLS)
    async with httpx.AsyncClient(base_url=host.url, timeout=60, limits=limits) as clients:
        answers = await asyncio.gather(*(call(clients) for _ in range(CALLS)))
    served = [each for each in answers if each.response.status_code == 200]
    refused = [each for each in answers if each.response.status_code == 503]
    assert len(served) + len(refused) == CALLS
    # One runs while 20 wait, and while the last of the 200 arrive, a few more may have had their turn.
    assert QUEUE <= len(served) <= QUEUE + 15
    for each in refused:
        assert each.response.json()["code"] == "busy"
        assert int(each.response.headers["Retry-After"]) > 0
    assert statistics.median(each.seconds for each in refused) < REFUSED
    ours = [each.response.json()["results"][0]["value"] for each in served]
    assert len(set(ours)) == 1, "one worker served them, one after the other"
    with httpx.Client(base_url=host.url, timeout=60) as client:
        until(lambda: client.get("/v1/apps/sleeper").json()["queue"] == 0)
        assert predict(client, "sleeper", seconds=0).status_code == 200
    assert memory(host.process.pid) - before < 20 * MIB

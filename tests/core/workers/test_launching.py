"""Starts that nobody waits for any more, and ends that two wait for: no process, no descriptor is left."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest
import uvloop

from calls import exists, soon
from pools import Bench, hang
from tomaat.errors import WorkerDied
from tomaat.workers.assignment import Assignment
from tomaat.workers.launching import ForkLauncher, launched
from tomaat.workers.worker import Worker
from vitals import descriptors

MakeBench = Callable[..., Coroutine[Any, Any, Bench]]


@pytest.fixture
async def forks() -> AsyncIterator[ForkLauncher]:
    """A fork server that is ready."""
    launcher = ForkLauncher()
    await launcher.tend()
    yield launcher
    await launcher.stop()


def children(launcher: ForkLauncher) -> list[psutil.Process]:
    return psutil.Process(launcher.pid).children()


async def test_a_start_that_was_given_up_leaves_nothing(forks: ForkLauncher) -> None:
    server, before = forks.pid, descriptors(os.getpid())
    for _ in range(10):
        ours, theirs = socket.socketpair()
        starting = asyncio.create_task(launched(forks.call(theirs, hang), theirs))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        ours.close()
    ours, theirs = socket.socketpair()
    last = await launched(forks.call(theirs, hang), theirs)  # all before have been forked by now
    ours.close()
    await soon(lambda: [child.pid for child in children(forks)] == [last.pid])
    await asyncio.to_thread(last.end)
    await soon(lambda: descriptors(os.getpid()) == before)
    assert forks.pid == server, "the fork server has done nothing wrong"


async def test_whoever_ends_a_worker_finds_it_gone_also_where_somebody_else_has_begun(make_bench: MakeBench) -> None:
    bench = await make_bench()
    pid = await bench.pid()
    (worker,) = bench.pool._supply.instances
    first = asyncio.create_task(worker.kill())
    await asyncio.sleep(0)
    await worker.kill()
    assert not exists(pid)
    await first


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_worker_whose_line_is_closed_is_one_that_has_died(
    tmp_path: Path, make_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def cancel() -> None:
        ours, theirs = socket.socketpair()
        worker = Worker(Assignment("a", "cpu", tmp_path, 1))
        worker._reader, worker._writer = await asyncio.open_connection(sock=ours)
        worker._writer.close()
        await asyncio.sleep(0.01)  # the loop closes it
        theirs.close()
        with pytest.raises(WorkerDied):
            await worker.cancel("job")

    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(cancel())

"""How many workers there are, what each of them is given, and what happens when one dies."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from calls import exists, soon
from pools import Bench
from tomaat.errors import JobCancelled, JobTimeout, WorkerDied
from tomaat.workers.executor import AppState, InstanceState

MakeBench = Callable[..., Coroutine[Any, Any, Bench]]


def states(bench: Bench, app: str = "counted") -> list[InstanceState]:
    return [instance.state for instance in bench.pool.instances(app)]


async def test_one_worker_does_one_job_after_the_other(make_bench: MakeBench) -> None:
    bench = await make_bench()
    assert bench.pool.state("counted") is AppState.COLD
    first, second = await asyncio.gather(bench.pid(seconds=0.2), bench.pid())
    assert first == second
    assert bench.pool.state("counted") is AppState.WARM
    (instance,) = bench.pool.instances("counted")
    assert (instance.pid, instance.device, instance.jobs) == (first, "cpu", ())
    assert 0 <= time.time() - instance.since < 30


async def test_no_more_workers_than_the_settings_allow(make_bench: MakeBench) -> None:
    bench = await make_bench(max_workers=2)
    assert bench.pool.capacity("counted") == 2
    pids = await asyncio.gather(*(bench.pid(seconds=0.3) for _ in range(4)))
    assert len(set(pids)) == len(set(bench.loads)) == 2


async def test_jobs_of_one_worker_run_at_once(make_bench: MakeBench) -> None:
    bench = await make_bench()
    assert bench.pool.capacity("threaded") == 3
    await bench.run("threaded")
    jobs = [asyncio.create_task(bench.pid("threaded", 0.4)) for _ in range(3)]
    instance = await soon(lambda: next((one for one in bench.pool.instances("threaded") if len(one.jobs) == 3), None))
    assert instance.state is InstanceState.BUSY
    assert set(await asyncio.gather(*jobs)) == {instance.pid}


async def test_one_of_several_jobs_is_cancelled_and_the_others_go_on(make_bench: MakeBench) -> None:
    bench = await make_bench()
    await bench.run("threaded")
    others = [asyncio.create_task(bench.pid("threaded", 0.6)) for _ in range(2)]
    job, run = bench.started("threaded", 50)
    cancelled = asyncio.create_task(run)
    await soon(lambda: len(bench.pool.instances("threaded")[0].jobs) == 3)
    await bench.pool.cancel(job)
    with pytest.raises(JobCancelled):
        await cancelled
    assert len(set(await asyncio.gather(*others))) == 1


async def test_a_worker_that_is_killed_takes_all_its_jobs_along_and_another_takes_its_place(
    make_bench: MakeBench,
) -> None:
    bench = await make_bench()
    killed = await bench.pid("threaded")
    jobs = [asyncio.create_task(bench.pid("threaded", 50)) for _ in range(2)]
    await soon(lambda: len(bench.pool.instances("threaded")[0].jobs) == 2)
    os.kill(killed, signal.SIGKILL)
    for job in jobs:
        with pytest.raises(WorkerDied):
            await job
    assert await bench.pid("threaded") != killed


async def test_a_worker_that_dies_while_it_is_idle_is_noticed(make_bench: MakeBench) -> None:
    bench = await make_bench()
    killed = await bench.pid()
    os.kill(killed, signal.SIGKILL)
    await soon(lambda: bench.pool.state("counted") is AppState.COLD)
    assert await bench.pid() != killed


async def test_the_time_of_a_job_begins_when_its_app_is_loaded(make_bench: MakeBench) -> None:
    bench = await make_bench(timeout=1.0)
    bench.how("sleep 1.5")
    assert (await bench.run(seconds=0.1)).timings["start"] > 1.5
    with pytest.raises(JobTimeout):
        await bench.run(seconds=20)


async def test_the_time_of_a_job_stands_still_while_it_waits_for_its_device(make_bench: MakeBench) -> None:
    bench = await make_bench(timeout=1.5, max_workers=2)
    await asyncio.gather(bench.run("holds", 0.3), bench.run("holds", 0.3))
    waits = [asyncio.create_task(bench.run("holds", 1.0)) for _ in range(2)]
    outcomes = await asyncio.gather(*waits)
    assert max(outcome.timings["device"] for outcome in outcomes) > 0.8


async def test_a_deaf_job_s_end_ends_its_process(make_bench: MakeBench) -> None:
    bench = await make_bench(timeout=0.5)
    first = await bench.pid("deaf")
    with pytest.raises(JobTimeout):
        await bench.run("deaf", 50)
    assert not exists(first)
    assert bench.pool.workers("deaf") == 0


async def test_a_cancelled_job_does_not_wait_for_the_worker_that_starts(make_bench: MakeBench) -> None:
    bench = await make_bench()
    bench.how("sleep 1")
    job, run = bench.started()
    waits = asyncio.create_task(run)
    await soon(lambda: bench.pool.state("counted") is AppState.STARTING)
    await bench.pool.cancel(job)
    with pytest.raises(JobCancelled, match="before it ran"):
        await waits
    await bench.run()
    assert len(bench.loads) == 1


async def test_workers_are_there_from_the_start_and_again_when_they_die(make_bench: MakeBench) -> None:
    bench = await make_bench(min_workers=2, max_workers=2, idle_timeout=0)
    await soon(lambda: states(bench) == [InstanceState.WARM] * 2)
    first = {instance.pid for instance in bench.pool.instances("counted")}
    os.kill(min(pid for pid in first if pid), signal.SIGKILL)
    await soon(lambda: states(bench) == [InstanceState.WARM] * 2 and len(bench.loads) >= 3)
    assert len(first & {instance.pid for instance in bench.pool.instances("counted")}) == 1


async def test_the_last_worker_stays_warm_where_the_settings_say_so(make_bench: MakeBench) -> None:
    bench = await make_bench(keep_warm=True, max_workers=2, idle_timeout=0.1)
    assert bench.pool.state("counted") is AppState.COLD
    await asyncio.gather(bench.run(seconds=0.3), bench.run(seconds=0.3))
    await soon(lambda: states(bench) == [InstanceState.WARM])
    assert not await bench.pool._supply.evict("cpu")


async def test_an_idle_worker_is_evicted(make_bench: MakeBench) -> None:
    bench = await make_bench()
    old = await bench.pid()
    await bench.pid("deaf")
    assert await bench.pool._supply.evict("cpu")
    assert not exists(old)
    assert bench.pool.state("deaf") is AppState.WARM
    assert not await bench.pool._supply.evict("cuda:0")


async def test_an_app_is_warmed_and_stopped(make_bench: MakeBench) -> None:
    bench = await make_bench(min_workers=1, max_workers=2)
    await bench.pool.warm("counted")
    assert states(bench) == [InstanceState.WARM]
    await bench.pool.warm("counted")
    job = asyncio.create_task(bench.pid(seconds=0.5))
    await soon(lambda: states(bench) == [InstanceState.BUSY])
    await bench.pool.retire("counted")
    assert bench.pool.state("counted") is AppState.STOPPING
    assert await job == bench.loads[0]
    await soon(lambda: bench.pool.workers("counted") == 0)
    await bench.pool.warm("counted")
    assert len(bench.loads) == 2


async def test_the_fork_server_may_die_at_any_time(make_bench: MakeBench) -> None:
    bench = await make_bench(max_workers=2)
    forks = bench.pool._supply.forks
    first = await bench.pid()
    job, run = bench.started(seconds=50)
    running = asyncio.create_task(run)
    await soon(lambda: states(bench) == [InstanceState.BUSY])
    assert forks.pid
    os.kill(forks.pid, signal.SIGKILL)
    assert await bench.pid() != first, "a new one forks"
    assert bench.pool.instances("counted")[0].jobs == (job,), "a worker does not need it"
    os.kill(first, signal.SIGKILL)
    with pytest.raises(WorkerDied):
        await running
    assert [instance.state for instance in bench.pool.instances("counted")] == [InstanceState.WARM]


async def test_a_host_that_stops_leaves_nothing(make_bench: MakeBench) -> None:
    bench = await make_bench()
    job = asyncio.create_task(bench.pid(seconds=50))
    await soon(lambda: states(bench) == [InstanceState.BUSY])
    server = bench.pool._supply.forks.pid
    await bench.pool.stop()
    assert server
    assert not exists(server)
    assert not any(map(exists, bench.loads))
    with pytest.raises(WorkerDied):
        await job

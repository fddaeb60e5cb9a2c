"""A worker that fails to start is tried again; after the third time the app is broken, until it is mended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from calls import soon
from pools import Bench
from tomaat.errors import AppBroken, WorkerNotStarted
from tomaat.workers.executor import AppState
from tomaat.workers.starting import ATTEMPTS, Starts

MakeBench = Callable[..., Coroutine[Any, Any, Bench]]


def broken(app: str = "a") -> Starts:
    starts = Starts()
    for number in range(ATTEMPTS):
        starts.failed(app, f"Reason {number}.", time.monotonic())
    return starts


def test_the_third_failure_in_a_row_makes_an_app_broken() -> None:
    starts = Starts()
    for reason in ("One.", "Two."):
        starts.failed("a", reason, time.monotonic())
        starts.check("a")
        assert 0 < starts.pause("a") <= 2
    starts.failed("a", "Three.", time.monotonic())
    with pytest.raises(AppBroken, match=r"'a' is out of order.*3 times in a row\. Three\.") as told:
        starts.check("a")
    assert 10 < told.value.retry_after <= 15
    assert (starts.reason("a"), starts.reason("b"), starts.broken()) == ("Three.", None, ["a"])


def test_each_pause_is_longer_than_the_one_before_up_to_ten_minutes() -> None:
    starts, pauses = Starts(), []
    for _ in range(20):
        starts.failed("a", "No.", time.monotonic())
        pauses.append(starts.pause("a"))
    assert pauses[:6] == pytest.approx([0.5, 2, 15, 30, 60, 120], abs=0.1)
    assert pauses[-1] == pytest.approx(600, abs=0.1)


def test_a_success_forgets_what_was_before() -> None:
    starts = broken()
    starts.succeeded("a")
    starts.check("a")
    assert starts.pause("a") == 0


def test_starts_that_fail_side_by_side_count_once() -> None:
    starts, begun = Starts(), time.monotonic()
    for _ in range(5):
        starts.failed("a", "No.", begun)
    starts.check("a")


def test_other_files_end_the_pause() -> None:
    starts = broken()
    starts.compare("a", frozenset({("code.py", 1, 1)}))
    starts.compare("a", frozenset({("code.py", 1, 1)}))
    assert starts.pause("a") > 0
    starts.compare("a", frozenset({("code.py", 2, 1)}))
    assert starts.pause("a") == 0
    assert starts.reason("a") is not None, "until it has started"


async def test_a_worker_that_dies_while_it_starts_is_started_again_and_the_job_waits(make_bench: MakeBench) -> None:
    bench = await make_bench()
    bench.how("die")
    job = asyncio.create_task(bench.pid())
    await soon(lambda: len(bench.loads) == 1)
    bench.how("")
    assert await job == bench.loads[-1]
    assert len(bench.loads) > 1


async def test_after_the_third_death_all_are_told(make_bench: MakeBench) -> None:
    bench = await make_bench()
    bench.how("die")
    with pytest.raises(AppBroken, match="They crash"):
        await bench.run()
    assert len(bench.loads) == ATTEMPTS
    assert bench.pool.state("counted") is AppState.BROKEN
    with pytest.raises(AppBroken):
        await bench.run()
    assert len(bench.loads) == ATTEMPTS


async def test_what_the_app_says_is_told_at_once_and_counts(make_bench: MakeBench) -> None:
    bench = await make_bench()
    bench.how("raise")
    for number in range(1, ATTEMPTS + 1):
        with pytest.raises(WorkerNotStarted, match="RuntimeError"):
            await bench.run()
        assert len(bench.loads) == number
    with pytest.raises(AppBroken, match="RuntimeError"):
        await bench.run()
    assert (bench.pool.reason("counted") or "").startswith("The app failed")


async def test_a_mended_file_brings_the_app_back(make_bench: MakeBench) -> None:
    bench = await make_bench()
    bench.how("die")
    with pytest.raises(AppBroken):
        await bench.run()
    starts = bench.pool._supply.starts
    await soon(lambda: starts._failures["counted"].files is not None)
    bench.how("")
    plugin = bench.folder / "tomaat_pool_apps.py"
    plugin.write_text(plugin.read_text(encoding="utf-8") + "\n# mended\n", encoding="utf-8")
    await soon(lambda: bench.pool.state("counted") is AppState.WARM)
    assert await bench.pid() == bench.loads[-1]


async def test_somebody_who_warms_a_broken_app_has_it_tried_at_once(make_bench: MakeBench) -> None:
    bench = await make_bench()
    bench.how("raise")
    for _ in range(ATTEMPTS):
        with pytest.raises(WorkerNotStarted):
            await bench.pool.warm("counted")
    assert bench.pool.state("counted") is AppState.BROKEN
    with pytest.raises(WorkerNotStarted, match="RuntimeError"):
        await bench.pool.warm("counted")
    bench.how("")
    await bench.pool.warm("counted")
    assert bench.pool.state("counted") is AppState.WARM
    await bench.run()


async def test_workers_that_should_always_be_there_are_tried_again_after_pauses(make_bench: MakeBench) -> None:
    bench = await make_bench(min_workers=1)
    bench.how("raise")
    await soon(lambda: bench.pool.state("counted") is AppState.BROKEN)
    assert bench.loads.count(bench.loads[0]) == 1

"""Memory for workers that start: budgets, turns, and who has to go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from tomaat.errors import JobCancelled, OutOfMemory
from tomaat.workers.budgets import Budget, budgets
from tomaat.workers.room import Holder, Room

GB = 10**9
GPU = "cuda:0"


@dataclass
class Machine:
    """Workers that are only figures; those that were used last are at the end."""

    workers: list[Holder] = field(default_factory=list)
    evicted: list[str] = field(default_factory=list)

    def add(self, id: str, device: str = "cpu", *, idle: bool = True, kept: bool = False, **need: int) -> Holder:
        gigabytes = {key.replace("gpu", GPU): size * GB for key, size in need.items()}
        self.workers.append(Holder(id, id, device, None, gigabytes, idle=idle, kept=kept))
        return self.workers[-1]

    def change(self, id: str, **what: bool) -> None:
        self.workers = [replace(one, **what) if one.id == id else one for one in self.workers]  # type: ignore[arg-type]

    async def evict(self, device: str) -> bool:
        for one in self.workers:
            if one.idle and not one.kept and device in ("cpu", one.device):
                self.workers.remove(one)
                self.evicted.append(one.id)
                return True
        return False

    def room(self, **gigabytes: int) -> Room:
        sizes = {key.replace("gpu", GPU): Budget(size * GB, size * GB) for key, size in gigabytes.items()}
        return Room(sizes, lambda: self.workers, self.evict)


async def made(room: Room, app: str, order: list[str], **need: int) -> None:
    """Take the memory and keep it until the event loop has gone round a few times."""
    async with room.made(app, {key.replace("gpu", GPU): size * GB for key, size in need.items()}):
        order.append(app)
        await asyncio.sleep(0)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_idle_go_least_recently_used_first_and_no_more_than_must() -> None:
    machine = Machine()
    for name in ("first", "second", "third"):
        machine.add(name, cpu=3)
    await made(machine.room(cpu=10), "new", [], cpu=4)
    assert machine.evicted == ["first"]


async def test_only_those_on_the_device_go() -> None:
    machine = Machine()
    machine.add("elsewhere", cpu=1)
    machine.add("there", GPU, cpu=1, gpu=6)
    await made(machine.room(cpu=100, gpu=8), "new", [], cpu=1, gpu=4)
    assert machine.evicted == ["there"]


async def test_the_kept_stay_and_what_they_leave_no_room_for_is_refused_with_both_figures() -> None:
    machine = Machine()
    machine.add("kept", GPU, kept=True, cpu=1, gpu=4)
    with pytest.raises(OutOfMemory, match=r"'new' needs 5\.1 GB, measured; cuda:0 may give 4\.0 GB beside the apps"):
        async with machine.room(cpu=100, gpu=8).made("new", {GPU: 51 * GB // 10}):
            raise AssertionError
    assert not machine.evicted


async def test_nobody_is_ended_as_long_as_that_is_not_enough() -> None:
    machine, order = Machine(), list[str]()
    machine.add("busy", idle=False, cpu=6)
    machine.add("idle", cpu=3)
    room = machine.room(cpu=10)
    waiting = asyncio.create_task(made(room, "new", order, cpu=8))
    await settle()
    assert (order, machine.evicted) == ([], [])
    machine.change("busy", idle=True)
    room.changed()
    await waiting
    assert machine.evicted == ["busy", "idle"]


async def test_who_comes_first_is_first_also_where_less_would_fit() -> None:
    machine, order = Machine(), list[str]()
    machine.add("busy", idle=False, cpu=6)
    room = machine.room(cpu=10)
    tasks = [asyncio.create_task(made(room, name, order, cpu=size)) for name, size in (("large", 8), ("small", 1))]
    await settle()
    assert order == []
    machine.change("busy", idle=True)
    room.changed()
    await asyncio.gather(*tasks)
    assert order == ["large", "small"]


async def test_who_waits_for_one_gpu_does_not_hold_up_another() -> None:
    machine, order = Machine(), list[str]()
    machine.add("busy", GPU, idle=False, cpu=1, gpu=8)
    room = machine.room(cpu=10, gpu=8)
    waiting = asyncio.create_task(made(room, "waits", order, cpu=1, gpu=8))
    await settle()
    await made(room, "other", order, cpu=1)
    assert order == ["other"]
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await made(room, "after", order, cpu=8)


async def test_a_busy_worker_is_told_to_end_after_its_job_for_who_waits() -> None:
    machine = Machine()
    busy = machine.add("busy", GPU, idle=False, cpu=1, gpu=8)
    kept = machine.add("kept", GPU, kept=True, cpu=1, gpu=0)
    other = machine.add("other", "cuda:1", idle=False, cpu=1)
    room = machine.room(cpu=10, gpu=8)
    assert not room.wants(busy)
    waiting = asyncio.create_task(made(room, "waits", [], cpu=1, gpu=8))
    await settle()
    assert room.wants(busy)
    assert not room.wants(kept)
    assert not room.wants(other)
    machine.workers.remove(busy)
    room.changed()
    await waiting


async def test_whose_workers_came_to_take_too_much_has_the_device_for_itself_and_is_not_refused() -> None:
    machine = Machine()
    machine.add("idle", cpu=1)
    async with machine.room(cpu=8).made("leaking", {"cpu": 9 * GB}, {"cpu": 2 * GB}):
        assert machine.evicted == ["idle"]


async def test_two_that_start_at_once_do_not_both_take_the_last_of_it() -> None:
    machine, order = Machine(), list[str]()
    room = machine.room(cpu=10)
    async with room.made("one", {"cpu": 6 * GB}):
        waiting = asyncio.create_task(made(room, "two", order, cpu=6))
        await settle()
        assert order == []
    await waiting


async def test_alone_waits_for_the_busy_and_ends_the_idle() -> None:
    machine, order = Machine(), list[str]()
    mine = machine.add("mine", GPU, idle=False, cpu=1, gpu=3)
    machine.add("idle", GPU, cpu=1, gpu=2)
    machine.add("busy", GPU, idle=False, cpu=1, gpu=2)
    machine.add("kept", GPU, kept=True, cpu=1, gpu=1)
    room = machine.room(cpu=100, gpu=8)

    async def alone() -> None:
        async with room.alone(mine):
            order.append("alone")
            assert not room.share(mine).whole, "the kept one has some"
            waiting = asyncio.create_task(made(room, "new", order, cpu=1, gpu=1))
            await settle()
            assert order == ["alone"]
        await waiting

    task = asyncio.create_task(alone())
    await settle()
    assert order == []
    machine.change("busy", idle=True)
    room.changed()
    await task
    assert (order, machine.evicted) == (["alone", "new"], ["idle", "busy"])


async def test_two_that_want_to_be_alone_take_turns() -> None:
    machine, order = Machine(), list[str]()
    one = machine.add("one", GPU, idle=False, cpu=1, gpu=5)
    two = machine.add("two", GPU, idle=False, cpu=1, gpu=5)
    room = machine.room(cpu=100, gpu=8)

    async def alone(holder: Holder) -> None:
        async with room.alone(holder):
            order.append(f"{holder.id} begins")
            await settle()
            order.append(f"{holder.id} ends")
        machine.workers.remove(holder)

    await asyncio.gather(alone(one), alone(two))
    assert order == ["one begins", "one ends", "two begins", "two ends"]


async def test_a_job_that_is_cancelled_waits_no_longer() -> None:
    machine = Machine()
    mine = machine.add("mine", idle=False, cpu=1)
    machine.add("busy", idle=False, cpu=1)
    with pytest.raises(JobCancelled):
        async with machine.room(cpu=8).alone(mine, lambda: True):
            raise AssertionError


def test_a_share_is_what_the_others_leave_but_never_less_than_the_own_peak() -> None:
    machine = Machine()
    mine = machine.add("mine", GPU, idle=False, cpu=1, gpu=3)
    room = machine.room(cpu=10, gpu=8)
    assert (room.share(mine).processor, room.share(mine).device, room.share(mine).whole) == (10 * GB, 8 * GB, True)
    machine.add("other", GPU, cpu=4, gpu=7)
    assert (room.share(mine).processor, room.share(mine).device, room.share(mine).whole) == (6 * GB, 3 * GB, False)


@pytest.mark.parametrize(
    ("settings", "memory", "whole"),
    [({}, 9 * GB, 10 * GB), ({GPU: 4 * GB}, 4 * GB, 4 * GB)],
)
def test_a_budget_is_set_or_most_of_what_is_there(settings: Mapping[str, int], memory: int, whole: int) -> None:
    from tomaat.settings import DeviceSettings

    found = budgets({name: DeviceSettings(memory=size) for name, size in settings.items()}, {GPU: 10 * GB})
    assert (found[GPU].memory, found[GPU].whole) == (memory, whole)
    assert 2**28 < found["cpu"].memory < found["cpu"].whole

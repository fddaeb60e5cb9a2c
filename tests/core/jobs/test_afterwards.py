"""Whoever counts and logs jobs is told of each of them, once."""

from __future__ import annotations

import asyncio

from tomaat.jobs.afterwards import Afterwards
from tomaat.jobs.job import Job


async def test_all_that_have_ended_are_told_together_a_moment_later() -> None:
    told: list[str] = []
    both = asyncio.Event()

    def tell(job: Job) -> None:
        told.append(job.id)
        if len(told) == 2:
            both.set()

    afterwards = Afterwards(tell)
    for name in ("first", "second"):
        afterwards.add(Job(name, "brain"))
    assert told == []
    async with asyncio.timeout(30):
        await both.wait()
    assert told == ["first", "second"]


async def test_at_the_end_none_is_left_and_none_is_told_twice() -> None:
    told: list[str] = []
    afterwards = Afterwards(lambda job: told.append(job.id))
    afterwards.add(Job("last", "brain"))
    afterwards.tell()
    assert told == ["last"]
    await asyncio.sleep(0.01)
    assert told == ["last"]

"""Counts that are kept for a while."""

from __future__ import annotations

import asyncio

import pytest

from tomaat.errors import Unavailable
from tomaat_announce.counts import GOOD, Kept


class Counting:
    """Says how often it was asked, and takes ``seconds`` of its own clock for that."""

    def __init__(self, seconds: float) -> None:
        self.now = 0.0
        self.asked = 0
        self.kept = Kept(self.find, clock=lambda: self.now, most=3)
        self._seconds = seconds

    async def find(self, key: str) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        self.now += self._seconds
        return self.asked


async def test_what_took_long_is_kept() -> None:
    slow = Counting(seconds=10)
    assert [await slow.kept.get("a") for _ in range(3)] == [1, 1, 1]
    slow.now += GOOD + 1
    assert await slow.kept.get("a") == 2


async def test_what_was_fast_is_fresh() -> None:
    fast = Counting(seconds=0.001)
    await fast.kept.get("a")
    fast.now += 0.06
    assert await fast.kept.get("a") == 2


async def test_those_who_ask_at_once_wait_for_the_same() -> None:
    slow = Counting(seconds=1)
    assert await asyncio.gather(*(slow.kept.get("a") for _ in range(20))) == [1] * 20


async def test_who_leaves_does_not_take_it_from_the_others() -> None:
    slow = Counting(seconds=1)
    leaving = asyncio.ensure_future(slow.kept.get("a"))
    staying = asyncio.ensure_future(slow.kept.get("a"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 1


async def test_only_some_are_kept() -> None:
    slow = Counting(seconds=1)
    for key in "abcde":
        await slow.kept.get(key)
    assert len(slow.kept) == 3


async def test_a_failure_is_not_kept() -> None:
    class Failing(Counting):
        async def find(self, key: str) -> int:
            if await super().find(key) == 1:
                raise Unavailable("The database is away.")
            return 7

    failing = Failing(seconds=1)
    with pytest.raises(Unavailable):
        await failing.kept.get("a")
    assert await failing.kept.get("a") == 7

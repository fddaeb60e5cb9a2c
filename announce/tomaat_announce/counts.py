"""How many endpoints there are, of which kind and in which state; counted now and then, however many ask."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tomaat_announce.endpoints import EndpointStore
from tomaat_announce.listing import Filter

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Facets = dict[str, dict[str, int]]

GOOD = 15.0
"""Seconds after which everything is counted anew."""
SHARE = 0.02
"""Of the time that goes to counting the same again and again: what is counted fast is always fresh."""
MOST = 200
"""Filters whose counts are kept."""


class Counts:
    """Counts that may be some seconds old."""

    def __init__(self, endpoints: EndpointStore) -> None:
        self._facets: Kept[Filter, Facets] = Kept(endpoints.facets)
        self._states: Kept[None, dict[str, int]] = Kept(lambda _: endpoints.states())

    async def facets(self, wanted: Filter) -> Facets:
        """How many endpoints have each modality, anatomy and task."""
        return await self._facets.get(wanted)

    async def states(self) -> dict[str, int]:
        """How many endpoints are in each state."""
        return await self._states.get(None)


class Kept(Generic[K, V]):
    """Answers that are good for a while; those who ask for one at the same time wait for the same.

    :param find: finds an answer; it may take long.
    """

    def __init__(
        self,
        find: Callable[[K], Coroutine[Any, Any, V]],
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> None:
        self._find = find
        self._clock = clock
        self._most = most
        self._kept: dict[K, _Answer[V]] = {}

    def __len__(self) -> int:
        """Answers that are kept."""
        return len(self._kept)

    def get(self, asked: K) -> Awaitable[V]:
        """The answer, from at most :data:`GOOD` seconds ago. Raises what finding it raises; that is not kept."""
        answer = self._kept.pop(asked, None)
        if answer is None or answer.good_until < self._clock():
            answer = _Answer()
            answer.task = asyncio.create_task(self._fill(answer, asked))
        self._kept[asked] = answer  # at the end: what nobody asks for stands first, and is dropped
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return asyncio.shield(answer.task)  # who leaves does not take it from the others

    async def _fill(self, answer: _Answer[V], asked: K) -> V:
        began = self._clock()
        try:
            found = await self._find(asked)
        except BaseException:
            answer.good_until = -math.inf
            raise
        now = self._clock()
        answer.good_until = now + min((now - began) / SHARE, GOOD)
        return found


@dataclass
class _Answer(Generic[V]):
    task: asyncio.Task[V] = field(init=False)
    good_until: float = math.inf
    """Until it is there, it is waited for."""

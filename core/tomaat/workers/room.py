"""Memory for workers that start: within the budgets, in order of arrival, at the cost of those that are idle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tomaat.errors import JobCancelled, OutOfMemory
from tomaat.memory import resident
from tomaat.workers.budgets import CPU, Budget
from tomaat.workers.share import Share

LOOK = 1.0
"""Seconds after which one that waits looks again though nothing was said: what a process has is nowhere announced."""
UNLIMITED = Budget(2**62, 2**62)
GB = 1e9


@dataclass(frozen=True)
class Holder:
    """A live worker, as far as memory goes.

    :ivar id: names it among the workers.
    :ivar pid: of its process, to see what that has now; ``None`` while there is none.
    :ivar need: the bytes that it takes at its peak, by device; of ``cpu`` and, if it computes on one, of its GPU.
    :ivar idle: whether it has no job.
    :ivar kept: whether it is not to be ended for others.
    """

    id: str
    app: str
    device: str
    pid: int | None
    need: Mapping[str, int]
    idle: bool
    kept: bool = False

    def takes(self, device: str) -> int:
        """What is to be left to it: its peak, or what it has now if that is more."""
        peak = self.need.get(device, 0)
        return max(peak, resident(self.pid)) if device == CPU and self.pid else peak


@dataclass(eq=False)
class Wish:
    """Memory that somebody waits for, or has been granted until it shows among the holders.

    :ivar alone: the worker that wants its device for itself; ``None`` for one that wants to start.
    :ivar least: what has to be there at the least: where there never is, nobody waits.
    :ivar given_up: whether nobody wants it any more.
    :ivar lacking: devices with too little left, as it was last seen.
    """

    app: str
    need: dict[str, int]
    alone: Holder | None = None
    given_up: Callable[[], bool] = lambda: False
    granted: bool = False
    least: dict[str, int] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)


class Room:
    """Grants memory.

    :param holders: the live workers.
    :param evict: ends the worker that has been idle for the longest among those of a device that may be ended;
        ``cpu`` stands for all workers, since each has some of that memory. ``False`` if there is none.
    """

    def __init__(
        self,
        budgets: Mapping[str, Budget],
        holders: Callable[[], Iterable[Holder]],
        evict: Callable[[str], Awaitable[bool]],
    ) -> None:
        self.budgets = dict(budgets)
        self._holders = holders
        self._evict = evict
        self._wishes: list[Wish] = []
        self._looking = asyncio.Lock()
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Say that a worker has ended, has become idle, or was measured."""
        self._changed.set()

    @asynccontextmanager
    async def made(
        self, app: str, need: Mapping[str, int], least: Mapping[str, int] | None = None
    ) -> AsyncIterator[None]:
        """Inside, the memory is there for one worker to start, and counts as taken.

        :param least: what it is known to need at the least, where that is less.

        Waits for its turn and until there is enough; ends idle workers for it.

        Raises :class:`OutOfMemory`, with both figures, where there never could be.
        """
        async with self._granted(Wish(app, dict(need), least=dict(need if least is None else least))):
            yield

    @asynccontextmanager
    async def alone(self, holder: Holder, given_up: Callable[[], bool] = lambda: False) -> AsyncIterator[None]:
        """Inside, the worker has its device for itself, but for idle workers that are never ended.

        Two that wait for this at once do not wait for each other: the one that came first computes beside the other's
        idle process. Raises :class:`JobCancelled` soon after ``given_up`` says so.
        """
        async with self._granted(Wish(holder.app, {holder.device: 0}, holder, given_up)):
            yield

    async def balance(self) -> None:
        """End idle workers until the rest is within the budgets: one may take more than was thought."""
        async with self._looking:
            for device in self.budgets:
                while self._left(device) < 0 and await self._evict(device):
                    pass

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody waits for memory, or has been granted some that is not taken yet."""
        return bool(self._wishes)

    def wants(self, holder: Holder) -> bool:
        """Whether somebody waits for what this worker has, so that it shall end and not take another job."""
        return not holder.kept and any(
            not wish.granted and any(device in (CPU, holder.device) for device in wish.lacking)
            for wish in self._wishes
            if wish.alone is None or wish.alone.id != holder.id
        )

    def share(self, holder: Holder) -> Share:
        """What a job on this worker may take now: what the others leave, but never less than its own peak."""
        left = {device: self._left(device, without=holder) for device in {CPU, holder.device}}
        whole = all(left[device] >= self._budget(device).memory for device in left)
        limits = {device: max(left[device], holder.need.get(device, 0)) for device in left}
        gpu = 0 if holder.device == CPU or holder.device not in self.budgets else limits[holder.device]
        return Share(limits[CPU] if CPU in self.budgets else 0, gpu, whole)

    def free(self, device: str) -> int:
        """Bytes of a device's budget that nobody has taken or been promised."""
        return max(self._left(device), 0)

    @asynccontextmanager
    async def _granted(self, wish: Wish) -> AsyncIterator[None]:
        self._wishes.append(wish)
        try:
            while not await self._grant(wish):
                if wish.given_up():
                    raise JobCancelled("The job was cancelled while it waited for memory.")
                self._changed.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await self._changed.wait()
            yield
        finally:
            self._wishes.remove(wish)
            self.changed()

    async def _grant(self, wish: Wish) -> bool:
        """Grant a wish if it is its turn and there is enough, after idle workers have ended for it if that helps."""
        async with self._looking:
            while True:
                self._refuse_impossible(wish)
                wish.lacking = self._lacking(wish)
                if self._must_wait(wish):
                    return False
                if not wish.lacking:
                    wish.granted = True
                    return True
                possible = all(self._could_be_freed(wish, device) for device in wish.lacking)
                if not possible or not await self._evict(min(wish.lacking)):
                    return False

    def _must_wait(self, wish: Wish) -> bool:
        """Whether one that came earlier waits for any of the same memory."""
        earlier = self._wishes[: self._wishes.index(wish)]
        return any(other.lacking & set(wish.need) for other in earlier if not other.granted)

    def _lacking(self, wish: Wish) -> set[str]:
        if wish.alone is not None:
            return {wish.alone.device} if self._others(wish.alone) else set()
        return {
            device
            for device, need in wish.need.items()
            if self._is_wanted_whole(device) or self._left(device) < min(need, self._budget(device).memory)
        }

    def _is_wanted_whole(self, device: str) -> bool:
        """Whether somebody has a device for itself now."""
        return any(wish.granted and wish.alone is not None and device in wish.need for wish in self._wishes)

    def _could_be_freed(self, wish: Wish, device: str) -> bool:
        """Whether ending idle workers is enough: otherwise they had better stay until more of them are idle."""
        if wish.alone is not None:
            return any(holder.idle for holder in self._others(wish.alone))
        idle = sum(h.takes(device) for h in self._holders() if h.idle and not h.kept and device in (CPU, h.device))
        return self._left(device) + idle >= min(wish.need[device], self._budget(device).memory)

    def _others(self, alone: Holder) -> list[Holder]:
        """Who else is on the device, but for those that stay there: idle and kept, or waiting to be alone as well."""
        parked = {wish.alone.id for wish in self._wishes if wish.alone is not None and not wish.granted}
        return [
            holder
            for holder in self._holders()
            if holder.id not in {alone.id, *parked}
            and alone.device in (CPU, holder.device)
            and not (holder.idle and holder.kept)
        ]

    def _left(self, device: str, *, without: Holder | None = None) -> int:
        """Bytes of a device that are neither taken nor promised.

        :param without: a worker that is not counted.
        """
        taken = sum(h.takes(device) for h in self._holders() if without is None or h.id != without.id)
        promised = sum(wish.need.get(device, 0) for wish in self._wishes if wish.granted)
        return self._budget(device).memory - taken - promised

    def _refuse_impossible(self, wish: Wish) -> None:
        for device, need in wish.least.items():
            kept = sum(holder.takes(device) for holder in self._holders() if holder.kept)
            gives = self._budget(device).whole - kept
            if need > gives:
                beside = " beside the apps that are kept warm" if kept else ""
                raise OutOfMemory(
                    f"The app {wish.app!r} needs {need / GB:.1f} GB, measured; {device} may give {gives / GB:.1f} GB"
                    f"{beside}. Whoever runs this host can give it more: memory in [devices.{_quoted(device)}]."
                )

    def _budget(self, device: str) -> Budget:
        return self.budgets.get(device, UNLIMITED)


def _quoted(device: str) -> str:
    return device if device == CPU else f'"{device}"'

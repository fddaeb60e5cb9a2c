"""A worker process, seen from the host."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tomaat.errors import JobError, OutOfMemory, RequestError, TomaatError, WorkerDied, WorkerNotStarted
from tomaat.workers.assignment import Assignment
from tomaat.workers.executor import InstanceState, Outcome, Watch
from tomaat.workers.launched import Launched
from tomaat.workers.launching import Launcher, launched
from tomaat.workers.lifeline import throw
from tomaat.workers.messages import LONGEST, pack, unpack
from tomaat.workers.work import Result, Work

STARTING = 600.0
"""Seconds that a process may take until its app is loaded."""


@dataclass
class RunningJob:
    """A job inside a worker, and who is told of it."""

    watch: Watch
    waits: Callable[[bool], None]
    ended: asyncio.Future[Outcome] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Worker:
    """One process that runs one app, and the line to it.

    :param gone: is told when the process has ended by itself.
    :ivar id: names it among the host's workers.
    :ivar device: where it computes; as assigned, until it has started.
    :ivar devices: where it could compute; empty until it has started.
    :ivar usual: where it computes if nobody says; empty until it has started.
    :ivar jobs: the ids of the jobs that it has been given.
    :ivar memory: the peak in bytes that it last told of: ``rss`` of the process, ``device`` on the GPU.
    :ivar ended: whether somebody ends it, and has said why.
    :ivar worked: whether a job of it was measured.
    :ivar used: when it last began or ended a job, by the monotonic clock.
    """

    def __init__(self, assignment: Assignment, gone: Callable[[Worker], None] = lambda worker: None) -> None:
        self.id = os.urandom(4).hex()
        self.assignment = assignment
        self.device = assignment.device
        self.devices: list[str] = []
        self.usual: list[str] = []
        self.jobs: set[str] = set()
        self.memory: dict[str, int] = {}
        self.ended = self.worked = False
        self.used = time.monotonic()
        self.since = time.time()
        self._state = InstanceState.STARTING
        self._retiring = False
        self._gone = gone
        self._process: Launched | None = None
        self._lifeline: int | None = None
        self._running: dict[str, RunningJob] = {}
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._listening: asyncio.Task[None] | None = None
        self._killing: asyncio.Task[None] | None = None

    @property
    def app(self) -> str:
        """The name of its app."""
        return self.assignment.app

    @property
    def pid(self) -> int | None:
        """The process's id, once it has one."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process is not None and self._process.alive

    @property
    def state(self) -> InstanceState:
        """What it is doing; ``stopping`` also while it finishes its last jobs."""
        return InstanceState.STOPPING if self._retiring else self._state

    @property
    def free(self) -> int:
        """How many more jobs it can be given now."""
        if self._retiring or self._state not in (InstanceState.WARM, InstanceState.BUSY):
            return 0
        return self.assignment.concurrency - len(self.jobs)

    @property
    def idle(self) -> bool:
        """Whether it waits for a job."""
        return self.state is InstanceState.WARM

    def retire(self) -> None:
        """Give it no more jobs: it ends when those that it has are done."""
        self._retiring = True
        self.since = time.time()

    def claim(self, job: str) -> None:
        """This job is the worker's from now on, until :meth:`release`."""
        self.jobs.add(job)
        self._changed(InstanceState.BUSY)

    def release(self, job: str) -> None:
        """The job is over, as far as the worker is concerned."""
        self.jobs.discard(job)
        if not self.jobs and self._state is InstanceState.BUSY:
            self._changed(InstanceState.WARM)

    async def start(self, launcher: Launcher) -> None:
        """Start the process and wait until its app is loaded.

        Raises :class:`WorkerNotStarted` with what the app said, :class:`InvalidInput` for a device that a request
        named and that is not there, and :class:`WorkerDied` for a process that ended without a word.
        """
        try:
            async with asyncio.timeout(STARTING):
                kind, content = await self._begin(launcher)
        except TimeoutError:
            await self.kill()
            raise WorkerNotStarted(f"The app {self.app!r} was not loaded within {STARTING:g} s.") from None
        except BaseException:
            await self.kill()
            raise
        if kind == "broken":
            await self.kill()
            error = TomaatError.from_json(content)
            own = isinstance(error, WorkerNotStarted | OutOfMemory | RequestError)
            raise error if own else WorkerNotStarted(error.detail)
        self.device, self.devices, self.usual = content["device"], content["devices"], content["usual"]
        self._changed(InstanceState.WARM)
        self._listening = asyncio.create_task(self._listen())

    async def check(self, launcher: Launcher) -> None:
        """Start the process, have it look at the weights of its assignment, and end it.

        Raises what it says of them, and :class:`WorkerDied` for a process that ended without a word.
        """
        try:
            kind, content = await self._begin(launcher)
        finally:
            await self.kill()
        if kind == "broken":
            raise TomaatError.from_json(content)

    async def run(
        self,
        work: Work,
        watch: Watch,
        waits: Callable[[bool], None] = lambda waiting: None,
    ) -> Outcome:
        """Have one job done. Raises what the job failed with, or :class:`WorkerDied`.

        :param waits: is told when the job begins to wait for what is not its own fault, and when it goes on.
        """
        running = self._running[work.job] = RunningJob(watch, waits)
        try:
            if self._listening is None or self._listening.done():
                raise _died()
            await self._send("work", work.as_json())
            return await running.ended
        finally:
            del self._running[work.job]
            running.ended.cancel()

    async def cancel(self, job: str) -> None:
        """Ask a job to stop at its next step."""
        await self._send("cancel", job)

    async def kill(self) -> None:
        """End the process and all that it started, now, and wait until it is gone. Its jobs end in WorkerDied."""
        self._changed(InstanceState.STOPPING)
        ended, self._process = self._process, None
        if ended is not None:
            self._unwatch(ended)
            if self._listening is not None and self._listening is not asyncio.current_task():
                self._listening.cancel()
            self._writer.close()
            self._let_go()
            self._lose_jobs()
            self._killing = asyncio.create_task(asyncio.to_thread(ended.end))
        if self._killing is not None:  # perhaps somebody else has begun; who goes on must find it gone
            await asyncio.shield(self._killing)

    async def _begin(self, launcher: Launcher) -> tuple[str, Any]:
        """Start the process; returns the first thing that it says."""
        ours, theirs = socket.socketpair()
        self._lifeline = throw(ours)
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=LONGEST)
        try:
            self._process = await launched(launcher.launch(theirs, self.assignment), theirs)
        except BaseException:
            self._writer.close()
            self._let_go()
            raise
        self._watch(self._process)
        return await self._next()

    def _let_go(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    async def _listen(self) -> None:
        """Pass on what the process says, until it has ended."""
        with suppress(Exception):  # also for what is no message: other people's code runs there
            while True:
                self._hear(*await self._next())
        self._lose_jobs()
        self._changed(InstanceState.STOPPING)
        self._gone(self)

    def _hear(self, kind: str, content: Any) -> None:
        job = content["job"] if isinstance(content, dict) else content[0]
        running = self._running.get(job)
        if isinstance(content, dict):
            self.memory = content.get("memory") or self.memory
        if running is None or running.ended.done():
            return  # it was given up meanwhile
        match kind:
            case "progress":
                running.watch(float(content[1]), str(content[2]))
            case "waiting":
                running.waits(bool(content[1]))
            case "done":
                results = [Result(**result) for result in content["results"]]
                timings, provenance = content["timings"], content["provenance"]
                running.ended.set_result(Outcome(results, timings, provenance, content.get("memory") or {}))
            case "failed":
                running.ended.set_exception(TomaatError.from_json(content["error"]))

    def _lose_jobs(self) -> None:
        for running in self._running.values():
            if not running.ended.done():
                running.ended.set_exception(_died())

    def _changed(self, state: InstanceState) -> None:
        self.used = time.monotonic()
        if state is not self._state:
            self._state, self.since = state, time.time()

    async def _send(self, kind: str, content: Any) -> None:
        try:
            self._writer.write(pack(kind, content))
            await self._writer.drain()
        except (OSError, RuntimeError):  # the latter is how uvloop says that the line is closed
            raise _died() from None

    async def _next(self) -> tuple[str, Any]:
        try:
            line = await self._reader.readline()
        except (OSError, ValueError):
            line = b""
        if not line.endswith(b"\n"):
            raise _died()
        return unpack(line)

    def _watch(self, process: Launched) -> None:
        """Kill what a process has started as soon as it has ended: as long as that holds the line, it says nothing."""

        def kill() -> None:
            self._unwatch(process)
            process.kill()

        if process.descriptor is not None:
            asyncio.get_running_loop().add_reader(process.descriptor, kill)

    def _unwatch(self, process: Launched) -> None:
        if process.descriptor is not None:
            asyncio.get_running_loop().remove_reader(process.descriptor)


def _died() -> JobError:
    return WorkerDied(
        "The process that ran this job ended without a word: it crashed, ran out of memory or was killed. "
        "Nothing else is affected; the job can be sent again."
    )

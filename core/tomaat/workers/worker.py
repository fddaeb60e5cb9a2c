"""A worker process, seen from the host."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import suppress
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from tomaat.errors import RequestError, TomaatError, WorkerDied, WorkerNotStarted
from tomaat.workers import process
from tomaat.workers.executor import Outcome, Watch
from tomaat.workers.messages import LONGEST, pack, unpack
from tomaat.workers.work import Result, Work


class Worker:
    """One process that runs one app, and the line to it.

    :ivar device: where it computes; as assigned, until it has started.
    :ivar devices: where it could compute; empty until it has started.
    """

    def __init__(self, assignment: process.Assignment) -> None:
        self.assignment = assignment
        self.idle_since = 0.0
        self.device = assignment.device
        self.devices: list[str] = []
        self._process: ForkServerProcess | None = None
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    @property
    def pid(self) -> int | None:
        """The process's id, once it has one."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process is not None and self._process.is_alive()

    async def start(self, context: ForkServerContext) -> None:
        """Start the process and wait until its app is loaded.

        Raises :class:`WorkerNotStarted`, and :class:`InvalidInput` for a device that a request named and that is not
        there.
        """
        ours, theirs = socket.socketpair()
        try:
            # In a thread: the first start waits for the fork server to have imported what it preloads.
            self._process = await asyncio.to_thread(_start, context, theirs, self.assignment)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=LONGEST)
        try:
            kind, content = await self._next()
        except BaseException:
            await self.kill()
            raise
        if kind == "broken":
            await self.kill()
            error = TomaatError.from_json(content)
            raise error if isinstance(error, WorkerNotStarted | RequestError) else WorkerNotStarted(error.detail)
        self.device, self.devices = content["device"], content["devices"]

    async def run(self, work: Work, watch: Watch) -> Outcome:
        """Have one job done. Raises what the job failed with, or :class:`WorkerDied`."""
        await self._send("work", work.as_json())
        while True:
            kind, content = await self._next()
            match kind:
                case "progress":
                    watch(float(content[0]), str(content[1]))
                case "done":
                    results = [Result(**result) for result in content["results"]]
                    return Outcome(results, content["timings"], content["provenance"])
                case "failed":
                    raise TomaatError.from_json(content)

    async def cancel(self) -> None:
        """Ask the current job to stop at its next step."""
        await self._send("cancel", True)

    async def kill(self) -> None:
        """End the process and all that it started, now, and wait until it is gone."""
        ended, self._process = self._process, None
        if ended is None:
            return  # somebody else is ending it already
        self._writer.close()
        await asyncio.to_thread(end, ended)

    async def _send(self, kind: str, content: Any) -> None:
        try:
            self._writer.write(pack(kind, content))
            await self._writer.drain()
        except OSError:
            raise self._died() from None

    async def _next(self) -> tuple[str, Any]:
        try:
            line = await self._reader.readline()
        except (OSError, ValueError):
            line = b""
        if not line.endswith(b"\n"):
            raise self._died()
        return unpack(line)

    def _died(self) -> WorkerDied:
        return WorkerDied(
            "The process that ran this job ended without a word: it crashed, ran out of memory or was killed. "
            "Nothing else is affected; the job can be sent again."
        )


def _start(context: ForkServerContext, line: socket.socket, assignment: process.Assignment) -> ForkServerProcess:
    started = context.Process(target=process.main, args=(line, assignment), name=f"tomaat-{assignment.app}")
    started.start()
    return started


def end(process: ForkServerProcess) -> None:
    """Kill a process that leads a group, and all that it started, and wait until it is gone."""
    if process.pid:
        _kill(process.pid, alive=process.is_alive())
        process.join()
    process.close()


def _kill(pid: int, *, alive: bool) -> None:
    """Kill a worker's group: a worker that has died by itself may have left behind what it started.

    A worker leads a group of its own, unless it is so young that it has not said so yet.
    """
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            if alive:
                os.kill(pid, signal.SIGKILL)

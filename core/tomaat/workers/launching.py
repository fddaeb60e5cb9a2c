"""Starting a worker's process: by the fork server of this installation, or in another way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol

from tomaat.errors import WorkerNotStarted
from tomaat.workers.assignment import Assignment
from tomaat.workers.fork_server import ForkServer, Target
from tomaat.workers.launched import Launched
from tomaat.workers.preloading import BASE
from tomaat.workers.process import main


class Launcher(Protocol):
    """Starts processes that run :func:`tomaat.workers.process.main`."""

    async def launch(self, line: socket.socket, assignment: Assignment) -> Launched:
        """Start a process with this end of the line. Await it inside :func:`launched`.

        Raises :class:`tomaat.errors.WorkerNotStarted`.
        """


async def launched(launching: Coroutine[Any, Any, Launched], line: socket.socket) -> Launched:
    """The process that is being started with this end of a line, which is closed then.

    A start can't be taken back. Where the caller is cancelled meanwhile, the process is ended as soon as it is there:
    nobody else knows of it.
    """
    starting = asyncio.create_task(launching)
    starting.add_done_callback(lambda _: line.close())
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        starting.add_done_callback(_end)
        raise


def _end(starting: asyncio.Task[Launched]) -> None:
    if not starting.cancelled() and starting.exception() is None:
        asyncio.get_running_loop().run_in_executor(None, starting.result().end)


class ForkLauncher:
    """Forks from a server that has imported what the apps need, so that a worker starts in a fraction of a second.

    The server is replaced when it has died, which harms no worker, and by :meth:`renew`.
    """

    def __init__(self) -> None:
        self._modules: tuple[str, ...] = BASE
        self._server: ForkServer | None = None
        self._retired: list[ForkServer] = []
        self._changing = asyncio.Lock()
        self._outdated = self._stopped = False

    @property
    def pid(self) -> int | None:
        """The fork server's process; ``None`` before there is one."""
        return self._server.pid if self._server else None

    async def launch(self, line: socket.socket, assignment: Assignment) -> Launched:
        return await self.call(line, main, assignment)

    async def call(self, line: socket.socket, target: Target, *arguments: Any) -> Launched:
        """Have a process call ``target(line, *arguments)``. Raises :class:`WorkerNotStarted`."""
        while True:
            server = await self._current()
            launched = await asyncio.to_thread(server.fork, line, target, *arguments)
            if launched is not None:
                return launched

    def renew(self, modules: Iterable[str]) -> None:
        """Fork from now on from a new server, which has imported these modules beside those of every worker.

        The old one ends when its last worker has. :meth:`tend` starts the new one, or whoever needs a worker first.
        """
        self._modules = tuple(dict.fromkeys((*BASE, *modules)))
        self._outdated = True

    async def tend(self) -> None:
        """See to it that there is a server before a worker is needed, and bury retired ones."""
        self._retired = [server for server in self._retired if server.alive]
        await self._current()

    async def stop(self) -> None:
        """End all servers. Their workers have been ended before."""
        self._stopped = True
        servers = [*self._retired, *([self._server] if self._server else [])]
        await asyncio.gather(*(asyncio.to_thread(server.stop) for server in servers))

    async def _current(self) -> ForkServer:
        async with self._changing:  # not in threads: all who wait for the first server would have one each
            if self._server is not None and self._server.alive and not self._outdated:
                return self._server
            self._outdated = False
            return await asyncio.to_thread(self._replace)

    def _replace(self) -> ForkServer:
        """Retire the server that there is, and start another: without what the apps preload if it dies of that."""
        if self._server is not None:
            self._server.retire()
            self._retired = [server for server in (*self._retired, self._server) if server.alive]
        for modules in (self._modules, self._modules, BASE):
            if self._stopped:
                break
            self._server = server = ForkServer(modules)
            if server.wait_until_ready():
                return server
            server.stop()
        raise WorkerNotStarted("The process that starts workers can't be started; the host's log says why.")

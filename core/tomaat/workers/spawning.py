"""Starting a worker's process with the interpreter of an environment."""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass

import orjson

from tomaat.environments.environment import Environment
from tomaat.errors import WorkerNotStarted
from tomaat.workers.assignment import Assignment
from tomaat.workers.fork_server import MALLOC
from tomaat.workers.launched import Launched

LINE = 3
"""The descriptor that the process has the line under: the first one after the standard ones."""


@dataclass(frozen=True)
class EnvironmentLauncher:
    """Starts workers in an environment. Nothing is imported before that, so a start takes as long as those."""

    environment: Environment

    async def launch(self, line: socket.socket, assignment: Assignment) -> Launched:
        """Start a process with this end of the line. Raises :class:`WorkerNotStarted` where there is no interpreter."""
        try:
            return Launched.of(await asyncio.to_thread(self._spawn, line.fileno(), assignment))
        except OSError:
            raise WorkerNotStarted(
                f"The environment {self.environment.name!r} of the app {assignment.app!r} has no interpreter that can "
                f"be run; it was removed, or its Python was. (tomaat env check {self.environment.name})"
            ) from None

    def _spawn(self, line: int, assignment: Assignment) -> int:
        """posix_spawn, since nobody has to keep what it returns: the process is watched and buried by its id."""
        python = str(self.environment.python)
        told = orjson.dumps(assignment.as_json()).decode()
        return os.posix_spawn(
            python,
            [python, "-I", "-m", "tomaat.workers.spawned", str(LINE), told],
            {**MALLOC, **self.environment.variables()},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, line, LINE),
            ],
            setsid=True,
        )

"""The fork server, seen from the host."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import orjson

from tomaat.errors import WorkerDied
from tomaat.workers.forking import LONGEST, READY
from tomaat.workers.launched import Launched

MALLOC = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(16 * 2**30)}
"""Large buffers that torch frees stay with the process: getting them anew costs 10 to 40 % of a network's time."""
COMMAND = "from tomaat.workers.forking import main; main({control})"

Target = Callable[..., None]
"""A function of a module, to be called in a child with the child's end of a line, and with what was given."""


class ForkServer:
    """One process that has imported ``modules`` and forks. All methods block: call them in threads.

    :param modules: names; one that can't be imported is passed over.
    """

    def __init__(self, modules: Iterable[str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", COMMAND.format(control=theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env={**MALLOC, **os.environ},
                pass_fds=[theirs.fileno()],
            )
        self._control = ours
        self._asking = threading.Lock()  # one question at a time: answers come in order
        self._ready = self._lost = False
        ours.sendall(orjson.dumps({"path": sys.path, "modules": list(modules)}))

    @property
    def pid(self) -> int:
        """Its process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None and not self._lost

    def wait_until_ready(self) -> bool:
        """Wait until all is imported; false if it has died of that."""
        with self._asking:
            return self._wait_until_ready()

    def fork(self, line: socket.socket, target: Target, *arguments: Any) -> Launched | None:
        """Have a child call ``target(line, *arguments)``; waits until all is imported.

        ``None`` from a fork server that has died before it heard of it. Raises :class:`WorkerDied` where it has died
        since: nobody knows whether there is a child.
        """
        with self._asking:
            try:
                if not self._wait_until_ready():
                    return None
                socket.send_fds(self._control, [pickle.dumps((target, arguments))], [line.fileno()])
            except OSError:
                self._lost = True
                return None
            try:
                answer, descriptors, _, _ = socket.recv_fds(self._control, LONGEST, 1)
            except OSError:
                answer, descriptors = b"", []
            if not answer:
                self._lost = True
                raise WorkerDied("The process that starts workers was killed while it started one.")
        return Launched(int(answer), descriptors[0] if descriptors else None)

    def retire(self) -> None:
        """Have it end as soon as its last child has."""
        with self._asking:
            self._control.close()

    def stop(self) -> None:
        """End it now, and wait until it is gone; its children have been ended before."""
        self._process.kill()
        self._process.wait()
        self.retire()

    def _wait_until_ready(self) -> bool:
        if not self._ready:
            with suppress(OSError):
                self._ready = self._control.recv(LONGEST) == READY
            self._lost = not self._ready
        return self._ready

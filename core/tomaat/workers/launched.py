"""A process that was started for the host, whoever is its parent."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from typing import Self


class Launched:
    """A process that leads a group of its own, or will in a moment.

    It is watched by a pidfd, which knows of its end also where the process that forked it is gone.

    :param descriptor: its pidfd; ``None`` for a process that has ended already.
    """

    def __init__(self, pid: int, descriptor: int | None) -> None:
        self.pid = pid
        self._descriptor = descriptor

    @classmethod
    def of(cls, pid: int) -> Self:
        """The process with this id, which is a child of this one."""
        return cls(pid, os.pidfd_open(pid))

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._descriptor is not None and not self._ended(0)

    @property
    def descriptor(self) -> int | None:
        """What becomes readable when it has ended; ``None`` when it has."""
        return self._descriptor

    def kill(self) -> None:
        """Kill it and all that it has started: one that has died by itself may have left that behind."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:  # so young that it does not lead its group yet, or gone
            with suppress(ProcessLookupError):
                if self._descriptor is not None:
                    signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        except PermissionError:  # no process of ours: the id is another's by now
            return

    def end(self) -> None:
        """Kill it and all that it has started, and wait until it is gone. Blocks."""
        self.kill()
        if self._descriptor is not None:
            self._ended(None)
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)
        with suppress(ChildProcessError):  # whose parent the fork server is
            os.waitpid(self.pid, os.WNOHANG)

    def _ended(self, milliseconds: int | None) -> bool:
        watching = select.poll()
        watching.register(self._descriptor or 0, select.POLLIN)
        return bool(watching.poll(milliseconds))

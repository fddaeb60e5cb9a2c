"""A worker ends with its host, whatever it is doing: the system sees to that, and no thread of the worker's."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
from contextlib import suppress

FIRST = b"\n"
"""What comes with a lifeline, before any message."""


def throw(line: socket.socket) -> int:
    """Send a worker its end of a pipe; returns the host's end.

    Closing that ends the worker with all that it has started, and so does the host's death, which closes it.
    """
    theirs, ours = os.pipe()
    try:
        socket.send_fds(line, [FIRST], [theirs])
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return ours


def hold(line: socket.socket) -> None:
    """Have this process's group killed when the host's end is closed.

    The system kills, since no thread of Python's may run at that time: a library can keep the interpreter's lock for as
    long as one of its calls takes.
    """
    _, received, _, _ = socket.recv_fds(line, len(FIRST), 1)
    for end in received:  # none if the host is gone already, as the line then says, too
        os.set_inheritable(end, False)
        with suppress(OSError):  # a kernel that can't: then it is up to the thread that hears the line
            fcntl.fcntl(end, fcntl.F_SETOWN, -os.getpgrp())
            fcntl.fcntl(end, fcntl.F_SETSIG, signal.SIGKILL)
            fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([end], [], [], 0)[0]:  # it was closed before
            os.killpg(0, signal.SIGKILL)

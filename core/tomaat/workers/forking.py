"""The fork server's process: imports once what workers need, then forks one for each request.

It runs nothing but the imports, and has one thread, so a fork of it is a whole process. What a child shall do comes
pickled from the host, and the child alone unpickles it.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import traceback
from contextlib import suppress

import orjson

from tomaat.workers.preloading import preload

LONGEST = 2**17
"""Bytes of a request: a function's name and its arguments."""
READY = b"ready"
"""What the host hears once all modules are imported."""


def main(control: int) -> None:
    """Serve the host at the other end of this socket until it hangs up and all children have ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host
    host = socket.socket(fileno=control)
    beginning = orjson.loads(host.recv(LONGEST))
    sys.path[:] = beginning["path"]
    preload(beginning["modules"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries children; the host watches them itself
    with suppress(OSError):  # the host is gone: so says the next request, too
        host.sendall(READY)
        while _serve_one(host):
            pass
    with suppress(ChildProcessError):
        os.wait()  # a child of nobody would be left to a container's first process, which buries nobody


def _serve_one(host: socket.socket) -> bool:
    """Fork once and answer with the child's id and its pidfd; false when the host has hung up."""
    request, descriptors, _, _ = socket.recv_fds(host, LONGEST, 1)
    if not request:
        return False
    child = os.fork()
    if child == 0:
        _run(host, request, socket.socket(fileno=descriptors[0]))
    for descriptor in descriptors:
        os.close(descriptor)
    try:
        watched = [os.pidfd_open(child)]
    except ProcessLookupError:  # it has ended already
        watched = []
    socket.send_fds(host, [str(child).encode()], watched)
    for descriptor in watched:
        os.close(descriptor)
    return True


def _run(host: socket.socket, request: bytes, line: socket.socket) -> None:
    """What the child does; it never returns into the server's loop."""
    code = 1
    try:
        os.setsid()  # one group with all that it starts, to be killed as one
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        host.close()
        target, arguments = pickle.loads(request)
        target(line, *arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)

"""The main loop of a worker process: load one app, then do one job after the other."""

from __future__ import annotations

import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from ulid import ULID

from tomaat.context import Context
from tomaat.cores import use_threads
from tomaat.errors import InternalError, RequestError, TomaatError, WorkerNotStarted
from tomaat.image_files.limits import Limits
from tomaat.plugins import find_plugins
from tomaat.settings import NetworkSettings
from tomaat.workers.devices import choose_device, device_lock, present_devices
from tomaat.workers.messages import pack, unpack
from tomaat.workers.networks import NetworkCache
from tomaat.workers.runner import Runner
from tomaat.workers.work import SCRATCH, Work

log = logging.getLogger("tomaat.worker")


@dataclass(frozen=True)
class Assignment:
    """What a worker process is started for.

    :param device: empty leaves the choice to the worker.
    :param folder: where workers keep locks and scratch space.
    :param max_voxels: what one volume may have, as in the settings.
    :param device_asked: whether a request named the device, and not the settings.
    :param threads: processor threads to compute with; one for each usable core when 0.
    :param warm_weights: networks that stay loaded.
    :param max_memory: bytes that this process may have; 0 where only the machine sets a limit.
    :param arithmetic: ``fp32`` where no faster one may be used.
    :param plugins: the installed plugins that the host serves; all of them when empty.
    :param networks: the app's manifest, as in the settings, if it has one.
    """

    app: str
    device: str
    folder: Path
    max_voxels: int
    device_asked: bool = False
    threads: int = 0
    warm_weights: int = 2
    max_memory: int = 0
    arithmetic: str = ""
    plugins: tuple[str, ...] = ()
    networks: Mapping[str, NetworkSettings] = field(default_factory=dict)
    log_level: int = logging.INFO


@dataclass(frozen=True)
class Started:
    """What a worker says of itself when it is ready.

    :ivar seconds: that loading took.
    :ivar device: where it computes.
    :ivar devices: where it could.
    """

    seconds: float
    device: str
    devices: list[str]


class Channel:
    """The worker's end of the line. A thread of its own reads, so that a cancel is heard during a job."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._sending = threading.Lock()
        self._works: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        threading.Thread(target=self._listen, name="channel", daemon=True).start()

    def send(self, kind: str, content: Any) -> None:
        """Send one message."""
        with self._sending:
            self._line.sendall(pack(kind, content))

    def next_work(self) -> Work:
        """The next job; waits for it."""
        return self._works.get()

    def cancelled(self) -> bool:
        """Whether the host has cancelled the current job."""
        return self._cancelled.is_set()

    def _listen(self) -> None:
        try:
            with self._line.makefile("rb") as lines:
                for line in lines:
                    self._hear(*unpack(line))
        finally:
            # The host is gone. Whatever the main thread computes, nobody waits for it, nor for what it has started.
            os.killpg(0, signal.SIGKILL)

    def _hear(self, kind: str, content: Any) -> None:
        if kind == "work":
            self._cancelled.clear()
            self._works.put(Work.from_json(content))
        elif kind == "cancel":
            self._cancelled.set()


def main(line: socket.socket, assignment: Assignment) -> None:
    """Run in a fresh process: load the app, say so, and work until the host hangs up."""
    os.setsid()  # one group with all that the app starts, to be killed as one
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host, which ends its workers itself
    logging.basicConfig(level=assignment.log_level, format=f"%(levelname)s [{assignment.app}] %(message)s")
    channel = Channel(line)
    begun = time.perf_counter()
    try:
        runner, device = _load(assignment)
    except Exception as error:
        channel.send("broken", as_error(error, "the app could not be loaded").as_json())
        return
    channel.send("ready", vars(Started(time.perf_counter() - begun, device, present_devices())))
    while True:
        _do(channel.next_work(), runner, device, channel, assignment)


def _load(assignment: Assignment) -> tuple[Runner, str]:
    use_threads(assignment.threads)
    plugins = find_plugins(only=assignment.plugins, networks=assignment.networks)
    try:
        registered = plugins.app(assignment.app)
        for module in registered.description.preload:
            import_module(module)
    except ImportError as error:
        log.error("a module that the app needs can't be imported", exc_info=error)
        raise WorkerNotStarted(f"The app {assignment.app!r} needs {error.name}, which can't be imported.") from error
    device = choose_device(assignment.device, asked=assignment.device_asked)
    scratch = assignment.folder / f"load-{os.getpid()}"
    app = registered.app()
    try:
        app.load(Context(device=device, scratch=scratch, log=log))
    except RequestError as error:
        raise WorkerNotStarted(error.detail) from error  # no request is at fault for what happens before any
    networks = NetworkCache(plugins.loaders, app, device, assignment.warm_weights)
    limits = Limits(voxels=assignment.max_voxels)
    return Runner(plugins, app, registered.description, networks, limits, device_lock(assignment.folder)), device


def _do(work: Work, runner: Runner, device: str, channel: Channel, assignment: Assignment) -> None:
    """One job, from its folder to its folder; whatever goes wrong is sent back, not raised."""
    context = runner.context(
        work,
        device=device,
        scratch=work.folder / SCRATCH / ".app",
        log=log,
        report=lambda fraction, message: channel.send("progress", [fraction, message]),
        cancelled=channel.cancelled,
        memory_limit=assignment.max_memory,
        arithmetic=assignment.arithmetic,
    )
    try:
        results = runner.run(work, context)
    except Exception as error:
        channel.send("failed", as_error(error, f"job {work.job} failed").as_json())
        return
    finally:
        sys.stdout.flush()
    channel.send(
        "done",
        {
            "results": [result.as_json() for result in results],
            "timings": context.timings,
            "provenance": context.provenance,
        },
    )


def as_error(error: Exception, what: str) -> TomaatError:
    """The error to tell the client: our own as it is, any other as a reference to the log, which gets the trace."""
    if isinstance(error, TomaatError):
        return error
    reference = str(ULID())[-8:]
    log.error("%s (reference %s)", what, reference, exc_info=error)
    return InternalError(
        f"The app failed with an internal error ({type(error).__name__}); the host's log has it under the "
        f"reference {reference}."
    )

"""The main loop of a worker process: load one app, then do its jobs."""

from __future__ import annotations

import logging
import os
import queue
import shutil
import signal
import socket
import threading
import time
from importlib import import_module
from typing import Any

from tomaat.context import Context
from tomaat.cores import use_threads
from tomaat.errors import OutOfMemory, RequestError, TooLarge, WorkerNotStarted
from tomaat.image_files.limits import Limits
from tomaat.out_of_memory import free_memory
from tomaat.plugins import find_plugins
from tomaat.workers.app_words import APP, AppWords
from tomaat.workers.assignment import Assignment, Started
from tomaat.workers.budgets import CPU
from tomaat.workers.devices import choose_device, device_lock, present_devices, usual_devices
from tomaat.workers.gpu_limit import GpuLimit
from tomaat.workers.job_log import JobLog
from tomaat.workers.lifeline import hold
from tomaat.workers.messages import pack, unpack
from tomaat.workers.metering import Meter
from tomaat.workers.networks import NetworkCache
from tomaat.workers.runner import Runner
from tomaat.workers.told import as_error
from tomaat.workers.weights_check import check
from tomaat.workers.work import SCRATCH, Work

log = logging.getLogger("tomaat.worker")
app_log = logging.getLogger(APP)


class Channel:
    """The worker's end of the line. A thread of its own reads, so that a cancel is heard during a job."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._sending = threading.Lock()
        self._works: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._jobs: dict[str, threading.Event] = {}  # that were sent and are not over: set when cancelled
        threading.Thread(target=self._listen, name="channel", daemon=True).start()

    def send(self, kind: str, content: Any) -> None:
        """Send one message."""
        with self._sending:
            self._line.sendall(pack(kind, content))

    def next_work(self) -> Work:
        """The next job; waits for it. Several threads may."""
        return self._works.get()

    def cancelled(self, job: str) -> bool:
        """Whether the host has cancelled this job; also what a thread of an app hears when the job is over."""
        cancelled = self._jobs.get(job)
        return cancelled is None or cancelled.is_set()

    def end(self, job: str, kind: str, content: dict[str, Any]) -> None:
        """Send how a job has ended."""
        del self._jobs[job]
        self.send(kind, {"job": job} | content)

    def _listen(self) -> None:
        try:
            with self._line.makefile("rb") as lines:
                for line in lines:
                    self._hear(*unpack(line))
        finally:
            # The host is gone. Whatever the other threads compute, nobody waits for it, nor for what they have started.
            os.killpg(0, signal.SIGKILL)

    def _hear(self, kind: str, content: Any) -> None:
        if kind == "work":
            work = Work.from_json(content)
            self._jobs[work.job] = threading.Event()
            self._works.put(work)
        elif kind == "cancel" and (cancelled := self._jobs.get(content)):
            cancelled.set()


def main(line: socket.socket, assignment: Assignment) -> None:
    """Run in a fresh process: load the app, say so, and work until the host hangs up. Or try weights, once.

    The process leads a group of its own, with all that the app starts, to be killed as one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host, which ends its workers itself
    hold(line)
    words = AppWords(assignment.app, assignment.log_format, to_host=assignment.log_apps)
    words.start(assignment.log_level)
    channel = Channel(line)
    if assignment.check is not None:
        check(assignment, assignment.check, channel.send)
        return
    begun = time.perf_counter()
    try:
        runner, device = _load(assignment)
    except Exception as error:
        channel.send("broken", as_error(error, "the app could not be loaded").as_json())
        return
    present = present_devices()
    usual = usual_devices(present, holds_device=runner.app.holds_device)
    channel.send("ready", vars(Started(time.perf_counter() - begun, device, present, usual)))
    for number in range(1, assignment.concurrency):
        arguments = (runner, device, channel, assignment, words)
        threading.Thread(target=_work, args=arguments, name=f"jobs-{number}", daemon=True).start()
    _work(runner, device, channel, assignment, words)  # libraries like it best on the main thread


def _work(runner: Runner, device: str, channel: Channel, assignment: Assignment, words: AppWords) -> None:
    """One job after the other; with ``concurrency``, several threads are in here."""
    gpu = GpuLimit(device)
    while True:
        meter = Meter(gpu.device)  # here, where nobody waits for it
        work = channel.next_work()
        with words.during(work) as job_log:
            kind, content = _do(work, runner, gpu, meter, channel, assignment, job_log)
        channel.end(work.job, kind, content)


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
    scratch = assignment.folder / f"load-{os.getpid()}"
    app = registered.app()
    first = assignment.preferred if app.holds_device else CPU
    device = choose_device(assignment.device, asked=assignment.device_asked, first=first)
    try:
        app.load(Context(device=device, scratch=scratch, log=app_log))
    except RequestError as error:
        raise WorkerNotStarted(error.detail) from error  # no request is at fault for what happens before any
    networks = NetworkCache(plugins.loaders, app, device, assignment.warm_weights)
    limits = Limits(voxels=assignment.max_voxels)
    return Runner(plugins, app, registered.description, networks, limits, device_lock(assignment.folder)), device


def _do(
    work: Work, runner: Runner, gpu: GpuLimit, meter: Meter, channel: Channel, assignment: Assignment, job_log: JobLog
) -> tuple[str, dict[str, Any]]:
    """One job, from its folder to its folder; returns what is to be sent back, also for whatever goes wrong."""
    share = work.share
    context = runner.context(
        work,
        device=gpu.device,
        scratch=work.folder.joinpath(SCRATCH, ".app"),
        log=app_log,
        entered=job_log.stage,
        report=lambda fraction, message: channel.send("progress", [work.job, fraction, message]),
        cancelled=lambda: channel.cancelled(work.job),
        waits=lambda waiting: channel.send("waiting", [work.job, waiting]),
        memory_limit=min(filter(None, (assignment.max_memory, share.processor)), default=0),
        device_limit=gpu.limit(share.device),
        frugal=work.frugal,
        arithmetic=assignment.arithmetic,
    )
    try:
        results = runner.run(work, context)
    except Exception as error:
        told = as_error(error, f"job {work.job} failed", gpu.device, context.device_limit)
        failed = {"error": told.as_json(), "memory": meter.read().as_json()}
        lacking = isinstance(told, OutOfMemory | TooLarge)
    else:
        failed, lacking = {}, False
    if lacking:  # here, where no error holds what the job had in memory any more
        free_memory()
        shutil.rmtree(work.folder / SCRATCH, ignore_errors=True)  # the job may come again
    if failed:
        return "failed", failed
    return "done", {
        "results": [result.as_json() for result in results],
        "timings": context.timings,
        "provenance": context.provenance,
        "memory": meter.read().as_json(),
    }

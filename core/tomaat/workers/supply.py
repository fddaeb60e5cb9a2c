"""Starting and ending workers: how many there are of each app, and when."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tomaat.database import Database
from tomaat.description import AppDescription
from tomaat.environments.environment import Environment, Environments
from tomaat.errors import OutOfMemory, RequestError, TomaatError, WorkerDied
from tomaat.settings import Settings
from tomaat.weights.declaration import WeightsFile
from tomaat.workers.accounts import Accounts
from tomaat.workers.app_files import fingerprint
from tomaat.workers.assignment import Assignment
from tomaat.workers.executor import InstanceState
from tomaat.workers.instances import Instances
from tomaat.workers.launching import ForkLauncher, Launcher
from tomaat.workers.spawning import EnvironmentLauncher
from tomaat.workers.starting import Starts
from tomaat.workers.tally import Reason, Tally
from tomaat.workers.worker import Worker

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks at all workers."""


class Supply:
    """Has workers started and ended.

    :param changed: is told of an app that has got a worker, or lost one.
    :param failed: is told of an app and a device where a worker could not be started, and why: nobody shall wait.
    """

    def __init__(
        self,
        settings: Settings,
        changed: Callable[[str], None],
        failed: Callable[[str, str, TomaatError], None],
        database: Database | None = None,
    ) -> None:
        self._settings = settings
        self._changed = changed
        self._failed = failed
        self.apps: Mapping[str, AppDescription] = {}
        self.instances = Instances()
        self.starts = Starts()
        self.tally = Tally()
        self.forks = ForkLauncher()
        self.accounts = Accounts(settings, database, self.instances, self._spare, self.evict)
        self.devices: dict[str, list[str]] = {}  # that there are for an app, as its first worker has told
        self.usual: dict[str, list[str]] = {}  # among them, where it computes if nobody says
        self._folder = settings.home / "workers"
        self._starting: dict[Worker, asyncio.Task[TomaatError | None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._held: set[str] = set()  # apps that somebody has stopped: without workers until there is a job
        self._tending: list[asyncio.Task[None]] = []

    async def start(self, apps: Mapping[str, AppDescription]) -> None:
        """Start the fork server, which imports what the apps need while the host already listens."""
        self.apps = apps
        self.accounts.serve(apps)
        self.accounts.start()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._preload()
        self._tending = [asyncio.create_task(self._tend(look)) for look in (self.forks.tend, self._look)]

    async def stop(self) -> None:
        """End all workers, and the fork server."""
        tasks = [*self._tending, *self._starting.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(worker.kill() for worker in self.instances), return_exceptions=True)
        await asyncio.gather(*tasks, *self._ending, return_exceptions=True)
        await self.accounts.stop()
        await self.forks.stop()

    async def reload(self, apps: Mapping[str, AppDescription]) -> None:
        """Start workers for these apps from now on; those that there are end when their jobs are done."""
        self.apps = apps
        self.accounts.serve(apps)
        self._held.clear()
        self.devices.clear()
        self.usual.clear()
        for app in {*apps, *(worker.app for worker in self.instances)}:
            self.starts.succeeded(app)
            self._retire(app)
        self._preload()

    async def warm(self, app: str) -> None:
        """Start a worker if none is there, and wait until one is warm. Raises why it could not be started."""
        self._held.discard(app)
        if any(worker.state is not InstanceState.STARTING for worker in self.instances.staying(app)):
            return
        self.starts.try_now(app)
        worker = next(iter(self.instances.staying(app)), None) or self.begin(app, self.default_device(app))
        if worker in self._starting and (error := await asyncio.shield(self._starting[worker])) is not None:
            raise error

    def hold(self, app: str) -> None:
        """End this app's workers as soon as their jobs are done, and start none until there is a job again."""
        self._held.add(app)
        self._retire(app)

    def wanted(self, app: str) -> None:
        """There is a job for this app."""
        self._held.discard(app)

    def provide(self, app: str, device: str, jobs: int, *, asked: bool) -> bool:
        """See to it that so many waiting jobs of an app find a worker on a device.

        :param asked: whether a request named the device, and not the settings.

        Returns whether there is one on its way, or will be after a pause; it is told to ``changed``.
        """
        if len(self.instances.starting(app, device)) * self.concurrency(app) >= jobs:
            return True
        if pause := self.starts.pause(app):
            asyncio.get_running_loop().call_later(pause, self._changed, app)
            return True
        other = None
        if len(self.instances.staying(app)) >= self._settings.app(app).max_workers:
            other = self.instances.oldest_idle(lambda worker: worker.app == app)  # it is on another device
            if other is None:
                return False
        self.begin(app, device, asked=asked, instead_of=other)
        return True

    def begin(self, app: str, device: str, *, asked: bool = False, instead_of: Worker | None = None) -> Worker:
        """Start a worker; ``instead_of`` ends before."""
        if not device and app in self.usual:
            device = self.accounts.freest(self.usual[app]) or "cpu"
        worker = Worker(self.assignment(app, device, asked=asked), self._gone)
        self.instances.add(worker)
        if instead_of is not None:
            instead_of.retire()
        self._starting[worker] = asyncio.create_task(self._start(worker, instead_of))
        return worker

    async def end(self, worker: Worker, why: Reason) -> None:
        """End a worker now, and wait until it is gone."""
        if worker in self.instances and not worker.ended:
            self.tally.ended[worker.app, why] += 1
            worker.ended = True
        worker.retire()
        await worker.kill()
        self.instances.remove(worker)
        self.accounts.changed()

    async def evict(self, device: str) -> bool:
        """End the idle worker that was used the longest ago, if there is one that may be ended.

        :param device: on which it computes; any where that is ``cpu``, since all of them have processor memory.

        False if there is none. Those stay that the settings want: ``min_workers`` and ``keep_warm``.
        """
        worker = self.instances.oldest_idle(lambda one: device in ("cpu", one.device) and self._spare(one))
        if worker is None:
            return False
        await self.end(worker, Reason.MEMORY)
        return True

    def release(self, worker: Worker, *, worked: bool = False) -> None:
        """A worker is ready, or has ``worked`` and its job is over: it is idle, or ends if it was to end."""
        if worked and worker.idle and self.accounts.is_wanted(worker):
            worker.retire()
        if worker.state is InstanceState.STOPPING and not worker.jobs:
            self._end_soon(worker, Reason.RETIRED)
        self.instances.notify()
        self.accounts.changed()

    def concurrency(self, app: str) -> int:
        """Jobs that one worker of this app runs at once."""
        described = self.apps[app].concurrency if app in self.apps else 1
        return self._settings.app(app).concurrency or described

    def default_device(self, app: str) -> str:
        """The device that the settings name for this app; empty where they name none."""
        return self._settings.app(app).device or self._settings.device

    def launcher(self, app: str) -> Launcher:
        """What starts this app's workers: its environment's interpreter, or this installation's fork server."""
        environment = self._environment(app)
        return EnvironmentLauncher(environment) if environment else self.forks

    def assignment(self, app: str, device: str, *, asked: bool = False, check: WeightsFile | None = None) -> Assignment:
        """What a worker of this app is told."""
        settings, network = self._settings.app(app), self._settings.networks.get(app)
        return Assignment(
            app,
            device,
            self._folder,
            self._settings.max_voxels,
            device_asked=asked,
            preferred="" if device else self.accounts.freest(),
            concurrency=self.concurrency(app),
            threads=settings.threads,
            warm_weights=settings.warm_weights,
            max_memory=settings.max_memory,
            arithmetic=settings.arithmetic,
            log_format=self._settings.log_format,
            log_apps=self._settings.log_apps,
            plugins=self._settings.plugin_names,
            networks={app: network} if network else {},
            check=check,
        )

    def _environment(self, app: str) -> Environment | None:
        name = self.apps[app].environment if app in self.apps else ""
        return Environments(self._settings.home).at(name) if name else None

    def _preload(self) -> None:
        apps = [app for app in self.apps.values() if not app.environment]
        self.forks.renew(module for app in apps for module in (*app.preload, *app.loaders_preload))

    async def _start(self, worker: Worker, instead_of: Worker | None) -> TomaatError | None:
        """Start a worker; returns why it could not be."""
        begun = time.monotonic()
        error: TomaatError | None = None
        try:
            if instead_of is not None:
                await self.end(instead_of, Reason.DEVICE)
            async with self.accounts.starting(worker):
                await worker.start(self.launcher(worker.app))
        except TomaatError as failure:
            error = failure
        finally:
            del self._starting[worker]
            if not worker.alive:
                self.instances.remove(worker)
        if error is None:
            self.tally.started[worker.app] += 1
            self.starts.succeeded(worker.app)
            self.devices[worker.app], self.usual[worker.app] = worker.devices, worker.usual
            self.release(worker)
        else:
            self.tally.failed[worker.app] += 1
            self._note(worker, error, begun)
        self._changed(worker.app)
        return error

    def _note(self, worker: Worker, error: TomaatError, begun: float) -> None:
        """After what the app says nobody waits on; after a death without a word it is tried again."""
        app, device = worker.app, worker.assignment.device
        if isinstance(error, RequestError | OutOfMemory):
            self._failed(app, device, error)
            return
        silent = isinstance(error, WorkerDied)
        reason = "They crash, run out of memory or are killed while they start." if silent else error.detail
        self.starts.failed(app, reason, begun)
        if self.starts.reason(app) is not None:
            log.error("the app %s is broken: %s", app, reason)
        else:
            log.warning("a worker of %s could not be started: %s", app, error.detail)
        if not silent:
            self._failed(app, device, error)

    def _gone(self, worker: Worker) -> None:
        """A worker has ended by itself."""
        if worker.state is not InstanceState.STOPPING or worker in self.instances:
            self._end_soon(worker, Reason.DIED)
        self._changed(worker.app)

    def _retire(self, app: str) -> None:
        for worker in self.instances.staying(app):
            worker.retire()
            self.release(worker)

    def _end_soon(self, worker: Worker, why: Reason) -> None:
        if worker in self._starting:
            return  # it is ended once it has started
        task = asyncio.create_task(self.end(worker, why))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _tend(self, look: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await look()
            except Exception:
                log.exception("workers could not be looked after; trying again")
            await asyncio.sleep(TICK)

    async def _look(self) -> None:
        """End who is idle for too long, start who is missing, try again what is broken."""
        for worker in self.instances:
            if worker.idle and self._is_over_time(worker) and self._spare(worker):
                await self.end(worker, Reason.IDLE)
                self._changed(worker.app)
        for app in [app for app in self.starts.broken() if app in self.apps]:
            self.starts.compare(app, await asyncio.to_thread(fingerprint, self._settings, self.apps[app]))
            if not self.starts.pause(app) and not self.instances.staying(app):
                self.begin(app, self.default_device(app))
        for app in self.apps:
            missing = self._least(app) - len(self.instances.staying(app))
            if missing > 0 and not self.starts.pause(app) and self.starts.reason(app) is None:
                for _ in range(missing):
                    self.begin(app, self.default_device(app))

    def _is_over_time(self, worker: Worker) -> bool:
        return time.monotonic() - worker.used > self._settings.app(worker.app).idle_timeout

    def _spare(self, worker: Worker) -> bool:
        """Whether the settings would rather have this worker ended than kept."""
        least = max(self._least(worker.app), int(self._settings.app(worker.app).keep_warm))
        return len(self.instances.staying(worker.app)) > least

    def _least(self, app: str) -> int:
        return 0 if app in self._held else self._settings.app(app).min_workers

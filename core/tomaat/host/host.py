"""The running host: its parts, joined."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sanic import Request, Sanic

from tomaat._version import __version__
from tomaat.access.guard import Guard
from tomaat.access.permits import caller_of, check_use
from tomaat.announcing.announcing import Announcing
from tomaat.audit.by_hand import HOST
from tomaat.audit.entry import Action, Entry
from tomaat.audit.journal import Journal
from tomaat.database import Database
from tomaat.description import AppDescription
from tomaat.elements import WeightsChoice
from tomaat.errors import NotFound
from tomaat.home.belonging import check_belonging
from tomaat.home.lock import HomeLock
from tomaat.host.converted import Converted
from tomaat.host.reloaded import Reloading
from tomaat.jobs.dispatcher import Dispatcher
from tomaat.jobs.folders import JobFolders
from tomaat.jobs.job import Job
from tomaat.jobs.store import JobStore
from tomaat.metrics.counts import Counts
from tomaat.plugins import Plugins
from tomaat.settings import Settings
from tomaat.traffic.answered import Watcher
from tomaat.weights.store import WeightsStore
from tomaat.workers.executor import Executor

log = logging.getLogger(__name__)


class Host:
    """What ``tomaat_routes`` is given, and all that a protocol needs.

    :ivar sanic: the Sanic application, to add routes to.
    :ivar plugins: what was found, and what is broken.
    :ivar apps: the served apps' descriptions, by name.
    :ivar jobs: submits, watches, cancels and forgets jobs.
    :ivar folders: where uploads and results are.
    :ivar converted: makes them again in other formats.
    :ivar weights: keeps the weights of apps that take any.
    :ivar lock: that no other host has the data folder.
    :ivar counts: what ``/metrics`` shows; a plugin may add to its ``registry`` and its ``more``.
    :ivar audit: writes who did what.
    :ivar watchers: are told of each request that has been answered.
    :ivar guard: says who sends each request, and refuses those who may not.
    :ivar reloading: finds the plugins anew while the host runs.
    :ivar announcing: makes the apps known; a plugin may add announcement services to its ``targets``.
    :ivar url: where it listens, once it does; without a slash at its end.
    :ivar fingerprint: SHA-256 of the certificate that it serves HTTPS with; empty where it serves HTTP.
    """

    reloading: Reloading

    def __init__(self, settings: Settings, plugins: Plugins, sanic: Sanic[Any, Any]) -> None:
        self.settings = settings
        self.plugins = plugins
        self.sanic = sanic
        self.url = self.fingerprint = ""
        self.apps: Mapping[str, AppDescription] = {
            name: registered.description for name, registered in sorted(plugins.apps.items())
        }
        self.counts = Counts()
        self.watchers: list[Watcher] = sanic.ctx.watchers
        self.lock = HomeLock.take(settings.home)
        self.database = Database(settings.database_url, failed=self.counts.database_failed)
        check_belonging(self.database, settings.home)
        self.guard = Guard(settings, self.database, lambda: self.plugins.hook)
        self.audit = Journal(self.database)
        self.store = JobStore(self.database, self.audit, self._plugin_of)
        self.folders = JobFolders(settings.home / "jobs")
        self.executor: Executor = plugins.hook.tomaat_executor(settings=settings, database=self.database)
        self.weights = WeightsStore(settings, self.apps, plugins.loaders, self.database, self.executor)
        self.jobs = Dispatcher(
            settings, self.store, self.folders, self.executor, self.weights, finished=self._job_finished
        )
        self.converted = Converted(self.executor)
        self.announcing = Announcing(settings)

    async def start(self) -> None:
        """Take up old jobs and make ready for new ones."""
        self.audit.write_soon(Entry(Action.HOST_STARTED, caller=HOST, details={"version": __version__}))
        await self.executor.start(self.apps)
        await self.jobs.start()
        await self.weights.start()

    async def stop(self, hurry: asyncio.Event) -> None:
        """Withdraw what is announced, let running jobs end unless somebody is in a ``hurry``, stop dispatching, end all
        workers, close the database."""
        await self.announcing.stop()
        await self.jobs.drain(self.settings.grace, hurry)
        await self.jobs.stop()
        await self.executor.stop()
        self.audit.write_soon(Entry(Action.HOST_STOPPED, caller=HOST))
        await self.audit.stop()
        await self.database.settle()
        self.database.close()
        self.lock.release()

    def app(self, name: str) -> AppDescription:
        """The app with this name. Raises :class:`NotFound`, and says which there are."""
        return self.plugins.app(name).description

    def app_for(self, request: Request, name: str) -> AppDescription:
        """The app with this name, for whoever sends the request. Raises :class:`Forbidden` and :class:`NotFound`."""
        check_use(request, name)
        return self.app(name)

    def apps_for(self, request: Request) -> list[AppDescription]:
        """The apps that whoever sends the request may use."""
        return [app for app in self.apps.values() if caller_of(request).may_use(app.name)]

    async def job_for(self, request: Request, job_id: str) -> Job | None:
        """The job with this id, if it is the caller's own."""
        job = await self.jobs.job(job_id)
        return job if job is not None and caller_of(request).owns(job.owner) else None

    async def described(self, app: AppDescription) -> AppDescription:
        """The app as it is shown: the weights that there are now are the options of its interface."""
        if app.weights is None:
            return app
        options, default = await self.weights.options(app)
        inputs = tuple(
            replace(element, options=options, default=default) if isinstance(element, WeightsChoice) else element
            for element in app.inputs
        )
        return replace(app, inputs=inputs)

    def default_app(self, request: Request) -> AppDescription:
        """The app that is served at the root: the settings' choice, or the only one that the caller may use.

        Raises :class:`Forbidden` and :class:`NotFound`.
        """
        if self.settings.default_app:
            return self.app_for(request, self.settings.default_app)
        apps = self.apps_for(request)
        if len(apps) == 1:
            return apps[0]
        names = ", ".join(f"/{app.name}/interface" for app in apps) or "none is installed"
        raise NotFound(f"This host has no default app; ask one by its name: {names}. (tomaat serve --default-app NAME)")

    async def take_over(self, plugins: Plugins) -> None:
        """Serve these plugins from now on; what a part of the host has registered itself stays."""
        before, self.plugins = self.plugins, plugins
        found = {plugin.name for plugin in before.loaded}
        for name, part in before.manager.list_name_plugin():
            if part is not None and name not in found and not plugins.manager.has_plugin(name):
                plugins.manager.register(part, name)
        self.apps = {name: registered.description for name, registered in sorted(plugins.apps.items())}
        self.counts.expect(list(self.apps))
        self.weights.take_over(self.apps, plugins.loaders)
        await self.executor.reload(self.apps)
        await self.announcing.renew(self.apps.values())

    def _plugin_of(self, app: str) -> str:
        """An app's plugin and its version, for the audit log."""
        description = self.apps.get(app)
        return f"{description.plugin} {description.version}".strip() if description else ""

    def _job_finished(self, job: Job) -> None:
        try:
            self.plugins.hook.tomaat_job_finished(job=job)
        except Exception:
            log.exception("a tomaat_job_finished hook failed for job %s", job.id)

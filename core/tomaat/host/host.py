"""The running host: its parts, joined."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sanic import Sanic

from tomaat.announcing.announcing import Announcing
from tomaat.database import Database
from tomaat.description import AppDescription
from tomaat.elements import WeightsChoice
from tomaat.errors import NotFound
from tomaat.jobs.dispatcher import Dispatcher
from tomaat.jobs.folders import JobFolders
from tomaat.jobs.job import Job
from tomaat.jobs.store import JobStore
from tomaat.plugins import Plugins
from tomaat.settings import Settings
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
    :ivar weights: keeps the weights of apps that take any.
    :ivar announcing: makes the apps known; a plugin may add announcement services to its ``targets``.
    :ivar url: where it listens, once it does; without a slash at its end.
    :ivar fingerprint: SHA-256 of the certificate that it serves HTTPS with; empty where it serves HTTP.
    """

    def __init__(self, settings: Settings, plugins: Plugins, sanic: Sanic[Any, Any]) -> None:
        self.settings = settings
        self.plugins = plugins
        self.sanic = sanic
        self.url = self.fingerprint = ""
        self.apps: Mapping[str, AppDescription] = {
            name: registered.description for name, registered in sorted(plugins.apps.items())
        }
        self.database = Database(settings.database_url)
        self.store = JobStore(self.database)
        self.folders = JobFolders(settings.home / "jobs")
        self.executor: Executor = plugins.hook.tomaat_executor(settings=settings)
        self.weights = WeightsStore(settings, self.apps, plugins.loaders, self.database, self.executor)
        self.jobs = Dispatcher(
            settings, self.store, self.folders, self.executor, self.weights, finished=self._job_finished
        )
        self.announcing = Announcing(settings)

    async def start(self) -> None:
        """Take up old jobs and make ready for new ones."""
        await self.executor.start(self.apps)
        await self.jobs.start()
        await self.weights.start()

    async def stop(self) -> None:
        """Withdraw what is announced, stop dispatching, end all workers, close the database."""
        await self.announcing.stop()
        await self.jobs.stop()
        await self.executor.stop()
        self.database.close()

    def app(self, name: str) -> AppDescription:
        """The app with this name. Raises :class:`NotFound`, and says which there are."""
        return self.plugins.app(name).description

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

    def default_app(self) -> AppDescription:
        """The app that is served at the root: the settings' choice, or the only one. Raises :class:`NotFound`."""
        if self.settings.default_app:
            return self.app(self.settings.default_app)
        if len(self.apps) == 1:
            return next(iter(self.apps.values()))
        names = ", ".join(f"/{name}/interface" for name in self.apps) or "none is installed"
        raise NotFound(f"This host has no default app; ask one by its name: {names}. (tomaat serve --default-app NAME)")

    def _job_finished(self, job: Job) -> None:
        try:
            self.plugins.hook.tomaat_job_finished(job=job)
        except Exception:
            log.exception("a tomaat_job_finished hook failed for job %s", job.id)

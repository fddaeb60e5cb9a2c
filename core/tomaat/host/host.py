"""The running host: its parts, joined."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sanic import Sanic

from tomaat.description import AppDescription
from tomaat.errors import NotFound
from tomaat.jobs.dispatcher import Dispatcher
from tomaat.jobs.folders import JobFolders
from tomaat.jobs.job import Job
from tomaat.jobs.store import JobStore
from tomaat.plugins import Plugins
from tomaat.settings import Settings
from tomaat.workers.executor import Executor

log = logging.getLogger(__name__)


class Host:
    """What ``tomaat_routes`` is given, and all that a protocol needs.

    :ivar sanic: the Sanic application, to add routes to.
    :ivar plugins: what was found, and what is broken.
    :ivar apps: the served apps' descriptions, by name.
    :ivar jobs: submits, watches, cancels and forgets jobs.
    :ivar folders: where uploads and results are.
    """

    def __init__(self, settings: Settings, plugins: Plugins, sanic: Sanic[Any, Any]) -> None:
        self.settings = settings
        self.plugins = plugins
        self.sanic = sanic
        self.apps: Mapping[str, AppDescription] = {
            name: registered.description for name, registered in sorted(plugins.apps.items())
        }
        self.store = JobStore(settings.database_url)
        self.folders = JobFolders(settings.home / "jobs")
        self.executor: Executor = plugins.hook.tomaat_executor(settings=settings)
        self.jobs = Dispatcher(settings, self.store, self.folders, self.executor, self._job_finished)

    async def start(self) -> None:
        """Take up old jobs and make ready for new ones."""
        await self.executor.start(self.apps)
        await self.jobs.start()

    async def stop(self) -> None:
        """Stop dispatching, end all workers, close the database."""
        await self.jobs.stop()
        await self.executor.stop()
        self.store.close()

    def app(self, name: str) -> AppDescription:
        """The app with this name. Raises :class:`NotFound`, and says which there are."""
        return self.plugins.app(name).description

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

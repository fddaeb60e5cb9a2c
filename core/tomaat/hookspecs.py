"""The hooks of TOMAAT: where a plugin may add to the host. All of them, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from sanic import Request

    from tomaat.access.caller import Caller
    from tomaat.app import App, Data
    from tomaat.context import Context
    from tomaat.database import Database
    from tomaat.elements.element import Element
    from tomaat.host.host import Host
    from tomaat.jobs.job import Job
    from tomaat.settings import Settings
    from tomaat.weights.loader import WeightsLoader
    from tomaat.workers.executor import Executor

hookspec = pluggy.HookspecMarker("tomaat")


class RegisterApp(Protocol):
    """What ``tomaat_apps`` is given."""

    def __call__(self, app: type[App]) -> None: ...


class RegisterElement(Protocol):
    """What ``tomaat_elements`` is given."""

    def __call__(self, element: type[Element]) -> None: ...


class RegisterWeightsLoader(Protocol):
    """What ``tomaat_weights_loaders`` is given."""

    def __call__(self, loader: WeightsLoader) -> None: ...


@hookspec
def tomaat_apps(register: RegisterApp) -> None:
    """Add apps to the host.

    :param register: call it with each :class:`tomaat.App` subclass; it raises on a name that is taken.

    .. versionadded:: 1.0
    """


@hookspec
def tomaat_elements(register: RegisterElement) -> None:
    """Add kinds of interface elements: how they look as JSON, are checked, read and written.

    :param register: call it with each :class:`tomaat.InputElement` or :class:`tomaat.OutputElement` subclass.

    .. versionadded:: 1.0
    """


@hookspec
def tomaat_weights_loaders(register: RegisterWeightsLoader) -> None:
    """Add a way to turn a weights file into a network on a device.

    :param register: call it with each :class:`tomaat.weights.loader.WeightsLoader`; it raises on a format
        that is taken.

    .. versionadded:: 1.0
    """


@hookspec(firstresult=True)
def tomaat_preprocess(app: App, data: Data, context: Context) -> Data | None:
    """Run an app's first stage, in a worker. The built-in implementation calls ``app.preprocess``.

    :param app: the app's instance in this worker; return ``None`` for apps that are not yours.
    :param data: the decoded inputs, by destination.
    :param context: device, progress, provenance and timings of this job.

    .. versionadded:: 1.0
    """


@hookspec(firstresult=True)
def tomaat_infer(app: App, data: Data, context: Context) -> Data | None:
    """Run an app's second stage, in a worker, alone on its device. Built in: ``app.infer``.

    :param app: the app's instance in this worker; return ``None`` for apps that are not yours.
    :param data: what preprocessing returned.
    :param context: device, progress, provenance and timings of this job.

    .. versionadded:: 1.0
    """


@hookspec(firstresult=True)
def tomaat_postprocess(app: App, data: Data, context: Context) -> Data | None:
    """Run an app's third stage, in a worker. Built in: ``app.postprocess``.

    :param app: the app's instance in this worker; return ``None`` for apps that are not yours.
    :param data: what inference returned.
    :param context: device, progress, provenance and timings of this job.

    .. versionadded:: 1.0
    """


@hookspec
def tomaat_authenticate(request: Request) -> Caller | Coroutine[Any, Any, Caller | None] | None:
    """Say who sends a request, where the host asks for keys. The first result counts. Built in: the host's keys.

    May be ``async``. Raise :class:`tomaat.errors.Unauthorized` for credentials of your kind that are not good.

    :param request: Sanic's request, before its body is read; return ``None`` for what you do not know.

    .. versionadded:: 1.0
    """


@hookspec
def tomaat_routes(host: Host) -> None:
    """Add HTTP routes: a protocol adapter, or a page.

    :param host: the running host: its Sanic application, its apps, its jobs and its settings.

    .. versionadded:: 1.0
    """


@hookspec(firstresult=True)
def tomaat_executor(settings: Settings, database: Database) -> Executor | None:
    """Say what runs the jobs. Built in: worker processes on this machine.

    :param settings: the host's settings.
    :param database: the host's database, for what shall be known after a restart.

    .. versionadded:: 1.0
    """


@hookspec
def tomaat_job_finished(job: Job) -> Any:
    """Be told of each job that has ended, however it ended. Runs in the host: return quickly.

    :param job: the job as it stands in the database now.

    .. versionadded:: 1.0
    """

"""Apps and services as the first TOMAAT had them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, ClassVar, NoReturn

from tomaat.scripts.capture import Stage, Stages, remember, stop_if_captured

log = logging.getLogger("tomaat")

INTERVAL = 1600.0
"""Seconds from one announcement to the next."""


class TomaatApp:
    """Three functions, or callable objects, as one: ``app(data)`` is ``postprocess(inference(preprocess(data)))``.

    :param preprocess_fun: is given a dictionary: each input's destination, and a list of one under it. A volume is the
        path of an MHA file, a transform that of a ``.nii.gz``, ``.h5`` or ``.mat`` file, a slider a ``float``, a
        checkbox or radio button a ``str``, fiducials an array n x 3 in RAS millimetres.
    :param inference_fun: is given what ``preprocess_fun`` returns.
    :param postprocess_fun: is given what ``inference_fun`` returns; itself it returns a dictionary: each output's
        field, and a list of one under it. A label volume is a ``SimpleITK.Image``, a mesh a ``vtkPolyData``, text
        anything that ``str`` takes, fiducials an array n x 3 in RAS millimetres, a displacement field its image, any
        other transform a ``SimpleITK.Transform``.
    """

    def __init__(self, preprocess_fun: Stage, inference_fun: Stage, postprocess_fun: Stage) -> None:
        self.preprocess_fun = preprocess_fun
        self.inference_fun = inference_fun
        self.postprocess_fun = postprocess_fun

    def __call__(self, data: Any, gpu_lock: Any = None) -> Any:
        """Run all three here.

        :param gpu_lock: is acquired for the inference, if there is one. In a host the lock of its device does that.
        """
        prepared = self.preprocess_fun(data)
        with _held(gpu_lock):
            result = self.inference_fun(prepared)
        return self.postprocess_fun(result)


@dataclass(frozen=True)
class Announcement:
    """Where a service is announced, and after how many seconds again."""

    url: str
    interval: float


class TomaatService:
    """An app with a configuration and its interfaces, to be served.

    :param config: ``name`` and ``port``; ``modality``, ``anatomy``, ``task`` and ``description`` for people; ``host``,
        the URL that others reach this service at; ``cert_path``, to which ``.crt`` and ``.key`` are added for its
        certificate (``./tomaat_cert`` if it is not there); ``api_key`` and ``announcement``, the announcement service.
    :param app: a :class:`TomaatApp`, or anything that is called as one is: ``app(data, gpu_lock=lock)``.
    :param input_interface: what clients are asked for: ``[{"type": "volume", "destination": "images"}, ...]``.
    :param output_interface: what they get: ``[{"type": "LabelVolume", "field": "labels"}, ...]``.
    """

    delayed: ClassVar[bool] = False

    def __init__(
        self,
        config: Mapping[str, Any],
        app: Callable[..., Any],
        input_interface: Sequence[Mapping[str, Any]],
        output_interface: Sequence[Mapping[str, Any]],
    ) -> None:
        self.config = config
        self.app = app
        self.input_interface = input_interface
        self.output_interface = output_interface
        self.announcement: Announcement | None = None
        remember(self)

    def start_service_announcement(
        self, fun: Callable[..., Any] | None = None, announcement_server_url: str = "", delay: float = INTERVAL
    ) -> None:
        """Have the host announce this service as long as it runs.

        :param fun: once the function that announced; the host does it now, so this one is never called.
        :param announcement_server_url: the announcement service; ``config["announcement"]`` when empty.
        :param delay: seconds from one announcement to the next.

        Raises :class:`ValueError` without ``config["api_key"]``.
        """
        if "api_key" not in self.config:
            raise ValueError("config has no 'api_key': ask the announcement service's administrator for one.")
        if fun is not None:
            log.warning("the function that was given to start_service_announcement is not called: the host announces")
        url = announcement_server_url or self.config.get("announcement") or ""
        if not url or not self.config["api_key"]:
            log.warning(
                "%r is not announced: its config needs an 'api_key' and, as 'announcement', the announcement service's "
                "URL. The public one of the first TOMAAT is gone.",
                self.config.get("name", ""),
            )
            return
        self.announcement = Announcement(url, delay)

    def stop_service_announcement(self) -> None:
        """Announce this service no more."""
        self.announcement = None

    def run(self) -> NoReturn:
        """Serve until Ctrl-C. This process becomes the host: nothing that follows in the script is run.

        Raises :class:`tomaat.errors.PluginError` where there is no script that workers could run again,
        :class:`tomaat.errors.InvalidInterface` and :class:`tomaat.errors.SettingsError`.
        """
        stop_if_captured(self)
        from tomaat.server.running import become_host

        become_host(self)

    def stages(self) -> Stages:
        """What the app does, step by step where it is a :class:`TomaatApp`; else all of it is the inference."""
        app = self.app
        if isinstance(app, TomaatApp) and type(app).__call__ is TomaatApp.__call__:
            return Stages(app.preprocess_fun, app.inference_fun, app.postprocess_fun)
        return Stages(_same, lambda data: app(data, gpu_lock=Lock()), _same)


class TomaatServiceDelayedResponse(TomaatService):
    """A service that answers at once that it will take a while; its clients ask again for the results.

    :param no_concurrent_thread_execution: whether one request is computed after the other; if not, as many at once as
        this machine has processor cores.
    :param kwargs: what :class:`TomaatService` takes.
    """

    delayed = True

    def __init__(self, no_concurrent_thread_execution: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.no_concurrent_thread_execution = no_concurrent_thread_execution


def _same(data: Any) -> Any:
    return data


@contextmanager
def _held(lock: Any) -> Iterator[None]:
    if lock is None:
        yield
        return
    lock.acquire()
    try:
        yield
    finally:
        lock.release()

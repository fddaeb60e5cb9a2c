"""Catch the services that a script makes: while a capture is open, none of them begins to serve."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from tomaat.errors import PluginError

Stage = Callable[[Any], Any]


@dataclass(frozen=True)
class Stages:
    """The three steps of an old app; what one returns, of whatever type, the next one gets."""

    preprocess: Stage
    infer: Stage
    postprocess: Stage


class Service(Protocol):
    """What a :class:`tomaat.server.TomaatService` is to those who look at it."""

    config: Mapping[str, Any]
    input_interface: Sequence[Mapping[str, Any]]
    output_interface: Sequence[Mapping[str, Any]]

    def stages(self) -> Stages:
        """What its app does."""


@dataclass
class Capture:
    """The services of one run of a script.

    :ivar made: all of them.
    :ivar started: those whose ``run()`` the script has called.
    """

    made: list[Service] = field(default_factory=list)
    started: list[Service] = field(default_factory=list)

    def service(self, name: str = "") -> Service:
        """The service whose configuration has this name; the only one, or the first that ran, when ``name`` is empty.

        Raises :class:`PluginError` where there is none, or no telling which.
        """
        for services in (self.started, self.made):  # one that runs in a process of its own is made here, not started
            found = [service for service in services if name in ("", service.config.get("name"))]
            if found and (name or len(found) == 1 or services is self.started):
                return found[0]
        names = ", ".join(repr(service.config.get("name", "")) for service in self.made)
        if not names:
            raise PluginError(
                "The script ended without making a TomaatService in its own process. If it takes arguments, give it "
                "those."
            )
        wanted = f"but none called {name!r}" if name else "so say which of them is wanted"
        raise PluginError(f"The script makes the services {names}, {wanted}.")


_open: ContextVar[Capture | None] = ContextVar("tomaat_capture", default=None)
VARIABLE = "CAPTURE_OF_TOMAAT"
"""Set while a capture is open: so do threads and processes of the script know, which have no context of ours."""


@contextmanager
def capturing() -> Iterator[Capture]:
    """Catch the services that are made inside."""
    capture = Capture()
    token = _open.set(capture)
    os.environ[VARIABLE] = "1"
    try:
        yield capture
    finally:
        del os.environ[VARIABLE]
        _open.reset(token)


def remember(service: Service) -> None:
    """A service was made: the capture that is open here, if any, has it."""
    if capture := _open.get():
        capture.made.append(service)


def stop_if_captured(service: Service) -> None:
    """Instead of serving ``service``, end the script where a capture is open; return where none is.

    Raises :class:`SystemExit`, which is no :class:`Exception`: scripts catch those.
    """
    if capture := _open.get():
        capture.started.append(service)
    if VARIABLE in os.environ:
        raise SystemExit

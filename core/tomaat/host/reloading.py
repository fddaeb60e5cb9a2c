"""Take in, while the host runs, what was installed, upgraded or removed beside it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sanic import Sanic

from tomaat.description import AppDescription
from tomaat.environments.environment import Environments
from tomaat.errors import TomaatError
from tomaat.host.finding import find_all
from tomaat.host.host import Host
from tomaat.host.reloaded import Reloaded, Reloading
from tomaat.installed import look_again
from tomaat.plugins import Plugin, Plugins
from tomaat.settings import NOWHERE, Settings
from tomaat.workers.app_files import Fingerprint, code_fingerprint

log = logging.getLogger("tomaat")

AT_THE_START = ("tomaat_executor", "tomaat_routes")
"""Hooks that a host calls once, when it starts."""


@dataclass(frozen=True)
class Stamp:
    """What tells two versions of a plugin apart."""

    plugin: Plugin
    code: Fingerprint
    apps: tuple[str, ...]
    reason: str = ""


class HostReloading:
    """Finds a host's plugins anew. Made when the host is, so that it knows what they were like then."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._stamps: Mapping[str, Stamp] = _stamps(host.plugins, host.settings)
        self._one_at_a_time = asyncio.Lock()

    async def reload(self) -> Reloaded:
        """Serve what is installed now. Jobs that run end on what they began with; those that wait get the new."""
        async with self._one_at_a_time:
            plugins, stamps = await asyncio.to_thread(self._find)
            before, self._stamps = self._stamps, stamps
            reloaded = _compared(before, stamps, self._host.plugins, plugins)
            if reloaded.anything:
                await self._host.take_over(plugins)
        log.info(
            "plugins reloaded: %d added, %d changed, %d removed, %d broken",
            *map(len, (reloaded.added, reloaded.changed, reloaded.removed, reloaded.broken)),
        )
        return reloaded

    def _find(self) -> tuple[Plugins, Mapping[str, Stamp]]:
        look_again()
        plugins = find_all(self._host.settings)
        return plugins, _stamps(plugins, self._host.settings)


def reload_on_signal(reloading: Reloading, sanic: Sanic[Any, Any]) -> None:
    """Have SIGHUP reload the plugins while the host runs."""
    running: set[asyncio.Task[None]] = set()

    async def reload() -> None:
        try:
            await reloading.reload()
        except TomaatError as error:
            log.error("the plugins could not be reloaded: %s", error.detail)
        except Exception:
            log.exception("the plugins could not be reloaded")

    def heard() -> None:
        if len(running) > 1:  # one runs, and the one that waits for it will see all that there is now
            return
        task = asyncio.create_task(reload())
        running.add(task)
        task.add_done_callback(running.discard)

    @sanic.after_server_start
    async def listen(_: Sanic[Any, Any]) -> None:
        with suppress(RuntimeError, ValueError):  # not on the main thread: a script that serves itself
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, heard)


def _compared(before: Mapping[str, Stamp], now: Mapping[str, Stamp], old: Plugins, plugins: Plugins) -> Reloaded:
    changed = [name for name in now if name in before and now[name] != before[name]]
    added = [name for name in now if name not in before]
    removed = [name for name in before if name not in now]
    first = {name for name in (*added, *changed) if _called_at_the_start(plugins, name)}
    gone = {name for name in (*removed, *changed) if _called_at_the_start(old, name)}
    broken = {broken.plugin.name: broken.reason for broken in plugins.broken}
    return Reloaded(added, changed, removed, broken, sorted(first | gone))


def _called_at_the_start(plugins: Plugins, name: str) -> bool:
    implementation = plugins.manager.get_plugin(name)
    callers = plugins.manager.get_hookcallers(implementation) if implementation is not None else None
    return any(caller.name in AT_THE_START for caller in callers or ())


def _stamps(plugins: Plugins, settings: Settings) -> dict[str, Stamp]:
    reasons = {broken.plugin: broken.reason for broken in plugins.broken}
    return {
        plugin.name: Stamp(plugin, _code(plugins, plugin, settings), _apps(plugins, plugin), reasons.get(plugin, ""))
        for plugin in (*reasons, *plugins.loaded)
    }


def _code(plugins: Plugins, plugin: Plugin, settings: Settings) -> Fingerprint:
    network = settings.networks.get(plugin.name.removeprefix("networks."))
    if elsewhere := [app for app in _described(plugins, plugin) if app.environment]:
        environment = Environments(settings.home).at(elsewhere[0].environment)
        files = [*environment.metadata(), *(Path(app.source) for app in elsewhere if app.source)]
    elif network is not None and plugin.name.startswith("networks."):
        files = [network.manifest, network.file]
    else:
        implementation = plugins.manager.get_plugin(plugin.name)
        name = getattr(implementation, "__name__", None) or type(implementation).__module__
        package = getattr(sys.modules.get(name.partition(".")[0]), "__file__", None) or NOWHERE
        files = [Path(package).parent if Path(package).name.startswith("__init__.") else Path(package)]
    return frozenset(stamp for file in files if file != NOWHERE for stamp in code_fingerprint(file))


def _apps(plugins: Plugins, plugin: Plugin) -> tuple[str, ...]:
    """The plugin's apps with all that is shown of them."""
    return tuple(str(app.as_json()) for app in _described(plugins, plugin))


def _described(plugins: Plugins, plugin: Plugin) -> list[AppDescription]:
    return [app.description for app in plugins.apps.values() if app.description.plugin == plugin.name]

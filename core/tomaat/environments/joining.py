"""Bring what environments have into the host's plugins; what does not fit is quarantined there, as any plugin is."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tomaat.app import App
from tomaat.description import AppDescription
from tomaat.environments.asking import Answer, ask_all
from tomaat.environments.environment import Environment, Environments
from tomaat.errors import BrokenEnvironment, DuplicateName, InvalidInterface, TomaatError
from tomaat.plugins import BrokenPlugin, Plugin, Plugins, Registered

log = logging.getLogger(__name__)


class AppElsewhere(App):
    """Stands for an app whose class only its environment's interpreter can import. It is never run."""


def join_environments(plugins: Plugins, home: Path, only: Collection[str] = ()) -> None:
    """Add the apps of all environments of a data folder to ``plugins``.

    :param only: the names of the plugins to take; all of them when empty.

    What is wrong with an environment or one of its plugins goes into ``plugins.broken``.
    """
    for environment, answer in ask_all(Environments(home).all(), only).items():
        join(plugins, environment, answer)


def join(plugins: Plugins, environment: Environment, answer: Answer | BrokenEnvironment) -> None:
    """Add what one environment has answered."""
    if isinstance(answer, BrokenEnvironment):
        itself = Plugin(f"environments.{environment.name}", "", "")
        plugins.broken.append(BrokenPlugin(itself, f"In the environment {environment.name!r}: {answer.detail}"))
        return
    for described in answer["broken"]:
        _quarantine(plugins, _plugin(described), environment, described["reason"])
    for described in answer["plugins"]:
        plugin = _plugin(described)
        apps = [app for app in answer["apps"] if app["plugin"] == plugin.name]
        try:
            _adopt(plugins, plugin, apps, environment)
        except TomaatError as error:
            _quarantine(plugins, plugin, environment, error.detail)
        except Exception as error:  # an element's own from_json may raise anything
            log.warning("the plugin %s of the environment %s is broken", plugin.name, environment.name, exc_info=error)
            _quarantine(plugins, plugin, environment, f"{type(error).__name__}: {error}")
        for hook in described["unheard"]:
            log.warning("%s in %s has %s, which only works beside the host", plugin.name, environment.name, hook)


def _adopt(plugins: Plugins, plugin: Plugin, apps: list[Mapping[str, Any]], environment: Environment) -> None:
    """All apps of a plugin, or none."""
    if plugin.name in {known.name for known in plugins.loaded}:
        raise DuplicateName(f"Two distributions have an entry point called {plugin.name!r}.")
    adopted = {}
    for app in apps:
        description = _described(app, plugins, environment)
        if taken := plugins.apps.get(description.name):
            owner = taken.description.plugin
            raise DuplicateName(f"{plugin.name!r} registers the app {description.name!r}, which {owner!r} has already.")
        adopted[description.name] = Registered(AppElsewhere, description)
    plugins.apps |= adopted
    plugins.loaded.append(plugin)


def _described(app: Mapping[str, Any], plugins: Plugins, environment: Environment) -> AppDescription:
    """The app as the host keeps it: what its methods import is not there to be preloaded in the host's workers."""
    description = AppDescription.from_data(app, plugins.elements)
    formats = description.weights.formats if description.weights else ()
    if unknown := [name for name in formats if name not in plugins.loaders]:
        raise InvalidInterface(
            f"The app {description.name!r} takes weights as {unknown[0]!r}, which the host does not know: install the "
            "plugin that loads them beside the host, too."
        )
    return replace(description, preload=(), loaders_preload=(), environment=environment.name)


def _plugin(described: Mapping[str, str]) -> Plugin:
    return Plugin(described["name"], described["distribution"], described["version"])


def _quarantine(plugins: Plugins, plugin: Plugin, environment: Environment, reason: str) -> None:
    plugins.broken.append(BrokenPlugin(plugin, f"In the environment {environment.name!r}: {reason}"))

"""Which plugins a host has: its own, those that are installed beside it, and those of its environments."""

from __future__ import annotations

from tomaat.environments.joining import join_environments
from tomaat.plugins import Plugins, find_plugins
from tomaat.settings import Settings

HOST_PLUGINS = (
    "tomaat.workers.plugin",
    "tomaat.jobs.journal",
    "tomaat.access.plugin",
    "tomaat.metrics.plugin",
    "tomaat.tracing.plugin",
    "tomaat.protocols.v1.plugin",
    "tomaat.protocols.tomaat.plugin",
    "tomaat.pages.plugin",
)
"""The platform's own plugins that only a host has."""


def find_all(settings: Settings) -> Plugins:
    """All plugins that these settings let a host serve; what is wrong with one stands in ``broken``."""
    plugins = find_plugins(HOST_PLUGINS, only=settings.plugin_names, networks=settings.networks)
    join_environments(plugins, settings.home, settings.plugin_names)
    return plugins

"""``tomaat plugins``: what is installed here, and what is broken."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click

from tomaat.cli.address import json_option
from tomaat.cli.table import Cell, print_table

if TYPE_CHECKING:
    from tomaat.plugins import Plugin, Plugins


@click.command(
    epilog="""\b
Examples:
  tomaat plugins
  tomaat plugins --strict     in a build: fails if a plugin is broken"""
)
@click.option("--strict", is_flag=True, help="Exit with 1 if a plugin is broken.")
@json_option
def command(strict: bool, as_json: bool) -> None:
    """Show the installed plugins, and why a broken one is broken.

    Reads this environment; no host has to run. A broken plugin keeps no host from starting.
    """
    from tomaat.plugins import find_plugins

    # the reasons stand in the table; --debug shows the tracebacks as well
    log = logging.getLogger("tomaat.plugins")
    if not click.get_current_context().find_root().params["debug"]:
        log.addHandler(logging.NullHandler())
    plugins = find_plugins()
    if as_json:
        _print_json(plugins)
    else:
        _print_table(plugins)
    if strict and plugins.broken:
        raise click.exceptions.Exit(1)


def _apps(plugins: Plugins, plugin: Plugin) -> list[str]:
    return [name for name, app in plugins.apps.items() if app.description.plugin == plugin.name]


def _print_json(plugins: Plugins) -> None:
    import json
    from dataclasses import asdict

    loaded = [
        asdict(plugin) | {"apps": _apps(plugins, plugin), "imports": plugins.heavy.get(plugin.name)}
        for plugin in plugins.loaded
    ]
    broken = [asdict(broken.plugin) | {"reason": broken.reason} for broken in plugins.broken]
    click.echo(json.dumps({"plugins": loaded, "broken": broken}, indent=2))


def _print_table(plugins: Plugins) -> None:
    rows: list[tuple[Cell, ...]] = []
    for plugin in plugins.loaded:
        heavy = plugins.heavy.get(plugin.name)
        state = (f"imports {heavy} at once; it belongs inside a method", "yellow") if heavy else ("ok", "green")
        rows.append((plugin.name, plugin.distribution, plugin.version, ", ".join(_apps(plugins, plugin)), state))
    for broken in plugins.broken:
        plugin = broken.plugin
        rows.append((plugin.name, plugin.distribution, plugin.version, "", (f"broken: {broken.reason}", "red")))
    print_table(("Plugin", "Distribution", "Version", "Apps", "State"), rows)
    if not plugins.apps:
        click.echo("No app is installed here. `tomaat new my-model` writes a plugin with one.")

"""``tomaat plugins``: what is installed here, and what is broken."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click

from tomaat.cli.address import connect, fingerprint_option, json_option, url_argument
from tomaat.cli.listing import ListingGroup
from tomaat.cli.table import Cell, print_table

if TYPE_CHECKING:
    from tomaat.plugins import Plugin, Plugins


@click.group(
    cls=ListingGroup,
    epilog="""\b
Examples:
  tomaat plugins
  tomaat plugins --strict     in a build: fails if a plugin is broken
  tomaat plugins reload       after pip has installed, upgraded or removed one""",
)
def command() -> None:
    """Show the plugins that are installed here, and have a host reload them. Without a command: show them."""


@command.command("list", epilog="\b\nExample:\n  tomaat plugins list --json")
@click.option("--strict", is_flag=True, help="Exit with 1 if a plugin is broken.")
@json_option
def list_(strict: bool, as_json: bool) -> None:
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


@command.command(epilog="\b\nExample:\n  tomaat plugins reload http://gpu1:9001")
@url_argument
@fingerprint_option("the host's")
@json_option
def reload(url: str, fingerprint: str | None, as_json: bool) -> None:
    """Have a running host take in plugins that were installed, upgraded or removed beside it.

    Jobs that run end on the version that they began with; those that wait get the new one.
    """
    with connect(url, fingerprint) as client:
        reloaded = client.reload_plugins()
    if as_json:
        import json

        click.echo(json.dumps(reloaded, indent=2))
        return
    _print_reloaded(reloaded)


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


def _print_reloaded(reloaded: dict[str, Any]) -> None:
    for what in ("added", "changed", "removed"):
        if reloaded[what]:
            click.echo(f"{what}: {', '.join(reloaded[what])}")
    if not any(reloaded[what] for what in ("added", "changed", "removed")):
        click.echo("Nothing is other than before.")
    for name, reason in reloaded["broken"].items():
        click.secho(f"The plugin {name} is broken: {reason}", fg="red", err=True)
    if reloaded["restart"]:
        names = ", ".join(reloaded["restart"])
        click.secho(f"Start the host again for the routes or the executor of: {names}.", fg="yellow", err=True)

"""``tomaat env``: environments for plugins whose dependencies clash."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tomaat.cli.address import json_option
from tomaat.cli.group import Failure
from tomaat.cli.table import Cell, print_table

if TYPE_CHECKING:
    from tomaat.environments.environment import Environment, Environments
    from tomaat.plugins import Plugins

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)
DIRECTORY = click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
RELOAD = "A host that runs takes it up with: tomaat plugins reload"


@click.group(
    epilog="""\b
Examples:
  tomaat env create old-monai
  tomaat env install old-monai my-model monai==1.2
  tomaat env check old-monai
  tomaat env remove old-monai"""
)
def command() -> None:
    """Give plugins an environment of their own, where their dependencies clash.

    An environment has its own Python and packages, in the data folder. The apps of the plugins that are installed in it
    are served beside all others, and run by its interpreter.
    """


def pip_options(function: F) -> F:
    """What ``create`` and ``install`` hand on to pip."""
    given = click.argument("packages", nargs=-1, type=click.UNPROCESSED, metavar="[PACKAGE]... [-- OPTION...]")
    index = click.option("--index-url", default="", metavar="URL", help="The package index; pip's own if not said.")
    constraints = click.option("-c", "--constraint", "constraints", multiple=True, type=FILE, help="As pip's.")
    return constraints(index(given(function)))


@command.command(epilog="\b\nExample:\n  tomaat env create old-monai --python python3.12")
@click.argument("name")
@click.option(
    "--python", "interpreter", default="", metavar="INTERPRETER", help="The Python to use; this one if not said."
)
@pip_options
def create(
    name: str, interpreter: str, constraints: tuple[Path, ...], index_url: str, packages: tuple[str, ...]
) -> None:
    """Make an environment, with what an app needs to be run in it, and packages if any are named.

    What stands after `--` are more of pip's options.
    """
    from tomaat.environments.making import Packages, create

    made = create(_environments(), name, Packages(packages, (), constraints, index_url), interpreter)
    click.echo(f"The environment {name} is there, with Python {made.version}. Next: tomaat env install {name} PACKAGE")


@command.command(epilog="\b\nExample:\n  tomaat env install old-monai my-model 'monai<1.3' -- --upgrade")
@click.argument("name")
@click.option("-e", "--editable", "folders", multiple=True, type=DIRECTORY, help="Install sources in place, as pip's.")
@pip_options
def install(
    name: str, folders: tuple[Path, ...], constraints: tuple[Path, ...], index_url: str, packages: tuple[str, ...]
) -> None:
    """Install packages into an environment with pip.

    PACKAGE is whatever pip takes, and what stands after `--` are more of pip's options. Without any, only what belongs
    to TOMAAT is brought to this host's version.
    """
    from tomaat.environments.making import Packages, install

    environment = _environments().get(name)
    install(environment, Packages(packages, folders, constraints, index_url))
    if not _show(environment):
        raise Failure(f"The environment {name} has a plugin that is broken. The packages are installed.")
    click.echo(RELOAD)


@command.command("list", epilog="\b\nExample:\n  tomaat env list --json")
@json_option
def list_(as_json: bool) -> None:
    """Show the environments and the plugins that are installed in them."""
    found = [_as_json(environment) for environment in _environments().all()]
    if as_json:
        click.echo(json.dumps({"environments": found}, indent=2))
    elif found:
        rows = [(each["name"], each["python"], ", ".join(each["plugins"]), _worker(each["current"])) for each in found]
        print_table(("Environment", "Python", "Plugins", "TOMAAT"), rows)
    else:
        click.echo("There is no environment. Make one: tomaat env create NAME")


@command.command(epilog="\b\nExample:\n  tomaat env check old-monai")
@click.argument("name")
def check(name: str) -> None:
    """Ask an environment for its plugins, and say what a host would make of them.

    Exits with 1 if one is broken, or if the environment does not answer.
    """
    if not _show(_environments().get(name)):
        raise Failure(f"Something is broken in the environment {name}.")


@command.command(epilog="\b\nExample:\n  tomaat env remove old-monai")
@click.argument("name")
def remove(name: str) -> None:
    """Remove an environment and all that is installed in it."""
    from tomaat.environments.making import remove

    remove(_environments().get(name))
    click.echo(f"Removed the environment {name}. {RELOAD}")


def _environments() -> Environments:
    from tomaat.environments.environment import Environments
    from tomaat.settings import Settings

    return Environments(Settings.load().home)


def _show(environment: Environment) -> bool:
    """Print what a host would find in the environment; whether all of it works."""
    from tomaat.environments.asking import ask
    from tomaat.environments.joining import join
    from tomaat.errors import BrokenEnvironment
    from tomaat.plugins import find_plugins

    plugins = find_plugins()
    loaded, broken = len(plugins.loaded), len(plugins.broken)
    try:
        join(plugins, environment, ask(environment))
    except BrokenEnvironment as error:
        join(plugins, environment, error)
    rows: list[tuple[Cell, ...]] = []
    for plugin in plugins.loaded[loaded:]:
        rows.append((plugin.name, plugin.distribution, plugin.version, _apps(plugins, plugin.name), ("ok", "green")))
    for each in plugins.broken[broken:]:
        state = (f"broken: {each.reason}", "red")
        rows.append((each.plugin.name, each.plugin.distribution, each.plugin.version, "", state))
    if rows:
        print_table(("Plugin", "Distribution", "Version", "Apps", "State"), rows)
    else:
        click.echo(f"No plugin is installed in the environment {environment.name}.")
    return len(plugins.broken) == broken


def _apps(plugins: Plugins, plugin: str) -> str:
    return ", ".join(name for name, app in plugins.apps.items() if app.description.plugin == plugin)


def _as_json(environment: Environment) -> dict[str, Any]:
    from tomaat.environments.worker_package import worker_version
    from tomaat.installed import GROUP

    points = (point for found in environment.distributions() for point in found.entry_points)
    return {
        "name": environment.name,
        "python": environment.version,
        "plugins": sorted(point.name for point in points if point.group == GROUP),
        "current": environment.worker == worker_version(),
    }


def _worker(current: bool) -> Cell:
    return ("current", "green") if current else ("of another version; the host renews it", "yellow")

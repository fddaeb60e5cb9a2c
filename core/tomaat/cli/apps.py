"""``tomaat apps``: what a host serves."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tomaat.cli.address import connect, fingerprint_option, json_option, split_app, url_argument
from tomaat.cli.listing import ListingGroup
from tomaat.cli.table import print_table

if TYPE_CHECKING:
    from tomaat.client import Broken, Input, RemoteApp


@click.group(
    cls=ListingGroup,
    epilog="""\b
Examples:
  tomaat apps                      the apps of the host on this machine
  tomaat apps https://models.hospital.example --json
  tomaat apps warm brain
  tomaat apps stop http://gpu1:9001/brain""",
)
def command() -> None:
    """Show the apps of a running host, start and stop their workers. Without a command: list them."""


@command.command("list", epilog="\b\nExample:\n  tomaat apps list https://models.hospital.example --json")
@url_argument
@fingerprint_option("the host's")
@json_option
def list_(url: str, fingerprint: str | None, as_json: bool) -> None:
    """Show the apps of a running host, and what each one takes.

    URL is the host's; http://127.0.0.1:9001 when it is left out. An input in brackets may be left out.
    """
    with connect(url, fingerprint) as client:
        apps, broken = client.apps(), client.broken()
    if as_json:
        listed = {"apps": [dict(app.json) for app in apps], "broken": [asdict(plugin) for plugin in broken]}
        click.echo(json.dumps(listed, indent=2))
        return
    if not apps:
        click.echo(f"{url} serves no apps. Install a plugin beside it and start it again.")
    else:
        _print_table(apps)
    _print_broken(apps, broken)


@command.command(epilog="\b\nExample:\n  tomaat apps warm http://gpu1:9001/brain")
@click.argument("target", metavar="[URL/]APP")
@fingerprint_option("the host's")
def warm(target: str, fingerprint: str | None) -> None:
    """Start a worker of an app now, so that the next call need not wait for one.

    Waits until the worker is warm. An app that is broken is tried again.
    """
    url, app = split_app(target)
    with connect(url, fingerprint) as client:
        warmed = client.warm(app)
    click.echo(f"{app} is {warmed.state}.")


@command.command(epilog="\b\nExample:\n  tomaat apps stop brain")
@click.argument("target", metavar="[URL/]APP")
@fingerprint_option("the host's")
def stop(target: str, fingerprint: str | None) -> None:
    """End an app's workers: the idle ones now, the others when their jobs are done.

    The next call starts one again.
    """
    url, app = split_app(target)
    with connect(url, fingerprint) as client:
        stopped = client.stop(app)
    running = int(stopped.json.get("running") or 0)
    click.echo(
        f"{app} stops when its {running} running job{'s are' if running > 1 else ' is'} done."
        if running
        else f"{app} is stopped."
    )


def _print_table(apps: list[RemoteApp]) -> None:
    print_table(
        ("App", "Modality", "Anatomy", "Task", "Inputs", "Outputs", "State"),
        [
            (
                app.name,
                app.modality,
                app.anatomy,
                app.task,
                " ".join(_input(element) for element in app.interface.inputs),
                " ".join(output.name for output in app.interface.outputs),
                f"{app.state}, {app.queue} waiting" if app.queue else app.state,
            )
            for app in sorted(apps, key=lambda app: (app.modality, app.anatomy, app.task, app.name))
        ],
    )


def _input(element: Input) -> str:
    return element.name if element.required else f"[{element.name}]"


def _print_broken(apps: list[RemoteApp], broken: list[Broken]) -> None:
    for app in apps:
        if app.reason:
            click.secho(f"The app {app.name} is broken: {app.reason}", fg="red", err=True)
    for plugin in broken:
        click.secho(f"The plugin {plugin.plugin} is broken: {plugin.reason}", fg="red", err=True)

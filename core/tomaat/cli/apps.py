"""``tomaat apps``: what a host serves."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tomaat.cli.address import connect, fingerprint_option, json_option, url_argument
from tomaat.cli.table import print_table

if TYPE_CHECKING:
    from tomaat.client import Broken, Input, RemoteApp


@click.command(
    epilog="""\b
Examples:
  tomaat apps
  tomaat apps https://models.hospital.example --json"""
)
@url_argument
@fingerprint_option("the host's")
@json_option
def command(url: str, fingerprint: str | None, as_json: bool) -> None:
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
    _print_broken(broken)


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


def _print_broken(broken: list[Broken]) -> None:
    for plugin in broken:
        click.secho(f"The plugin {plugin.plugin} is broken: {plugin.reason}", fg="red", err=True)

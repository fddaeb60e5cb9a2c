"""``tomaat discover``: what hosts have announced."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from tomaat.cli.address import fingerprint_option, json_option
from tomaat.cli.registry import plain, registry_at
from tomaat.cli.table import Cell, print_table

if TYPE_CHECKING:
    from tomaat.client import Endpoint

COLOURS = {"alive": "green", "unreachable": "red"}


@click.command(
    epilog="""\b
Examples:
  tomaat discover
  tomaat discover http://registry.example:8001 --modality CT --anatomy spleen
  tomaat discover http://registry.example:8001 --text "liver vessels" --alive --json"""
)
@click.argument("url", required=False)
@click.option("--modality", help="Only this one, such as CT; upper and lower case are the same.")
@click.option("--anatomy", help="Only this one, such as spleen.")
@click.option("--task", help="Only this one, such as segmentation.")
@click.option("--text", help="Only what has these words in its name or description.")
@click.option("--alive", is_flag=True, default=None, help="Only what answered when the service last asked.")
@fingerprint_option("the service's")
@json_option
def command(
    url: str | None,
    modality: str | None,
    anatomy: str | None,
    task: str | None,
    text: str | None,
    alive: bool | None,
    fingerprint: str | None,
    as_json: bool,
) -> None:
    """Show the apps that hosts have announced, by modality, anatomy and task.

    URL is the announcement service's. When it is left out: the one where this machine's host announces its apps by its
    settings, or else http://127.0.0.1:8001. `tomaat predict SID --registry URL` calls one.
    """
    where, pinned = (url, "") if url else _default()
    with registry_at(where, fingerprint or pinned or None) as registry:
        found = registry.endpoints(modality=modality, anatomy=anatomy, task=task, text=text, alive=alive)
    if as_json:
        click.echo(json.dumps({"endpoints": [dict(endpoint.json) for endpoint in found]}, indent=2))
        return
    if not found:
        click.echo(f"{where} lists nothing like that, or nothing at all.")
        return
    _print_tables(found)
    click.echo(f"\nTo call one: tomaat predict SID --registry {where} -i NAME=FILE")


def _default() -> tuple[str, str]:
    """The URL of the service that the settings know, and the fingerprint of its certificate if they have one."""
    from tomaat.announcing.public import loopback
    from tomaat.client.registry_answers import DEFAULT_REGISTRY
    from tomaat.settings import Settings

    settings = Settings.load()
    if settings.with_announce:
        name = f"[{settings.host}]" if ":" in settings.host else settings.host
        return loopback(f"{'https' if settings.https else 'http'}://{name}:{settings.port}"), ""
    return settings.announce.url or DEFAULT_REGISTRY, settings.announce.fingerprint


def _print_tables(endpoints: Iterable[Endpoint]) -> None:
    """A table for each modality, in the order of anatomy, task and name."""
    ordered = sorted(endpoints, key=lambda endpoint: [text.casefold() for text in _facets(endpoint)])
    for number, (_, group) in enumerate(groupby(ordered, key=lambda endpoint: endpoint.modality.casefold())):
        first, *others = group
        if number:
            click.echo()
        click.secho(plain(first.modality) or "any", bold=True)
        print_table(("SID", "Anatomy", "Task", "Name", "State", "Host"), [_row(each) for each in (first, *others)])


def _facets(endpoint: Endpoint) -> tuple[str, ...]:
    return (endpoint.modality, endpoint.anatomy, endpoint.task, endpoint.name)


def _row(endpoint: Endpoint) -> tuple[Cell, ...]:
    state: Cell = (endpoint.state, COLOURS[endpoint.state]) if endpoint.state in COLOURS else plain(endpoint.state)
    parts = urlsplit(endpoint.prediction_url)
    texts = (endpoint.sid, endpoint.anatomy, endpoint.task, endpoint.name)
    return (*(plain(text) for text in texts), state, plain(f"{parts.scheme}://{parts.netloc}"))

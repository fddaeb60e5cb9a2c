"""``tomaat-announce endpoints``: what is listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from tomaat.cli.address import json_option
from tomaat.cli.table import Cell, print_table
from tomaat.cli.times import shown
from tomaat_announce.cli.place import opened, place_options

if TYPE_CHECKING:
    from sqlalchemy import Row

COLOURS = {"alive": "green", "unreachable": "red"}


@click.group(
    epilog="""\b
Examples:
  tomaat-announce endpoints list
  tomaat-announce endpoints list --text "spleen ct" --json
  tomaat-announce endpoints remove k3v7q2ab"""
)
def command() -> None:
    """Show what is listed, and take an endpoint off the list."""


@command.command("list", epilog="\b\nExample:\n  tomaat-announce endpoints list --all --limit 1000")
@click.option("--text", default="", help="Only those with all of these words.")
@click.option("--all", "all_", is_flag=True, help="Also those that are listed no more: withdrawn, removed or expired.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many at most.")
@json_option
@place_options
def list_(text: str, all_: bool, limit: int, as_json: bool, **place: Any) -> None:
    """Show the endpoints, the oldest first, each with its SID and the number of its key."""
    from tomaat_announce import listing

    with opened(place) as (connection, now):
        wanted = listing.Filter(text=text, gone=all_)
        rows, more = listing.page(connection, wanted, now, after=0, limit=limit)
    if as_json:
        click.echo(json.dumps({"endpoints": [_as_json(row, now) for row in rows]}, indent=2))
    elif rows:
        columns = ("SID", "Name", "Modality", "Anatomy", "Task", "State", "Last announcement", "Key", "Prediction URL")
        print_table(columns, [_row(row, now) for row in rows])
    else:
        click.echo("No endpoints.")
    if more:
        click.echo("There are more; --limit says how many to show.", err=True)


@command.command(epilog="\b\nExample:\n  tomaat-announce endpoints remove k3v7q2ab")
@click.argument("sid")
@place_options
def remove(sid: str, **place: Any) -> None:
    """Take an endpoint off the list.

    Its host may announce it again; revoke its key if it shall not.
    """
    from tomaat_announce.endpoints import remove as take_off

    with opened(place) as (connection, now):
        key_id = take_off(connection, sid, now)
    click.echo(f"Removed {sid}. To keep it away, revoke its key: tomaat-announce keys revoke {key_id}")


def _row(row: Row[Any], now: float) -> tuple[Cell, ...]:
    state = row.state if _is_listed(row, now) else "not listed"
    facets = (row.modality, row.anatomy, row.task)
    seen = shown(row.announced)
    return (row.sid, row.name, *facets, (state, COLOURS.get(state, "")), seen, str(row.key_id), row.prediction_url)


def _as_json(row: Row[Any], now: float) -> dict[str, Any]:
    from tomaat_announce.shapes import endpoint_as_json

    return endpoint_as_json(row) | {"listed": _is_listed(row, now), "key": row.key_id}


def _is_listed(row: Row[Any], now: float) -> bool:
    return bool(row.listed and row.expires > now)

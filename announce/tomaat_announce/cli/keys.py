"""``tomaat-announce keys``: who may announce."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tomaat.cli.address import json_option
from tomaat.cli.table import Cell, print_table
from tomaat.cli.times import read_duration, read_expiry, shown
from tomaat_announce.cli.place import opened, place_options

if TYPE_CHECKING:
    from tomaat_announce.key_store import KnownKey

COLOURS = {"good": "green", "expired": "yellow", "revoked": "red"}
TIMES = ("last_announced", "created", "expires", "revoked", "previous_until")


@click.group(
    epilog="""A key is named by its number, which `tomaat-announce keys list` shows. The commands work on the database,
so that they can be used while the service runs, and before it first does.

\b
Examples:
  tomaat-announce keys create --owner "Anna, radiology"
  tomaat-announce keys list
  tomaat-announce keys rotate 3 --grace 24h
  tomaat-announce keys revoke 3"""
)
def command() -> None:
    """Make, show, rotate and revoke the keys that hosts announce with."""


@command.command(
    epilog="""\b
Examples:
  tomaat-announce keys create --owner "Anna, radiology" --note "gpu1 and gpu2" --expires 2027-01-31
  tomaat-announce keys create --owner trial --max-endpoints 1 --expires 90d"""
)
@click.option("--owner", required=True, help="Who answers for its endpoints: a person, a group.")
@click.option("--note", default="", help="What you want to remember of it.")
@click.option(
    "--max-endpoints",
    type=click.IntRange(1),
    help="Endpoints that it may have listed at once. With 1, a new one takes the place of the other.  [default: any]",
)
@click.option(
    "--expires",
    metavar="DATE|DURATION",
    callback=read_expiry,
    help="The last day that it is good (UTC), or how long: 90d.  [default: for ever]",
)
@json_option
@place_options
def create(
    owner: str, note: str, max_endpoints: int | None, expires: float | None, as_json: bool, **place: Any
) -> None:
    """Make a key. It is printed this once; the service keeps no more than its hash."""
    from tomaat_announce import key_store

    with opened(place) as (connection, now):
        allowance = key_store.Allowance(owner, note, max_endpoints, expires)
        number, secret = key_store.create(connection, now, allowance)
    if as_json:
        click.echo(json.dumps({"id": number, "key": secret}, indent=2))
        return
    click.echo(f"This is key {number}, of {owner}. It is shown this once:", err=True)
    click.echo(secret)
    click.echo(
        "A host announces with it: TOMAAT_ANNOUNCE_KEY=KEY tomaat serve --announce http://THIS-MACHINE:8001", err=True
    )


@command.command("list", epilog="\b\nExample:\n  tomaat-announce keys list --json")
@json_option
@place_options
def list_(as_json: bool, **place: Any) -> None:
    """Show all keys: whose they are, and how many endpoints they have listed now."""
    from tomaat_announce import key_store

    with opened(place) as (connection, now):
        found = key_store.list_keys(connection, now)
    if as_json:
        click.echo(json.dumps({"keys": [_as_json(key) for key in found]}, indent=2))
    elif found:
        columns = ("ID", "Owner", "Endpoints", "Last announcement", "Created", "Expires", "State", "Note")
        print_table(columns, [_row(key, now) for key in found])
    else:
        click.echo("No keys yet. Make one: tomaat-announce keys create --owner NAME")


@command.command(epilog="\b\nExample:\n  tomaat-announce keys revoke 3")
@click.argument("key_id", metavar="ID", type=click.IntRange(1))
@place_options
def revoke(key_id: int, **place: Any) -> None:
    """Have a key announce no more. Its endpoints are listed no more, at once. There is no way back."""
    from tomaat_announce import key_store

    with opened(place) as (connection, now):
        count = key_store.revoke(connection, now, key_id)
    click.echo(f"Revoked the key {key_id}; {_endpoints(count)} listed no more.")


@command.command(epilog="\b\nExample:\n  tomaat-announce keys rotate 3 --grace 24h")
@click.argument("key_id", metavar="ID", type=click.IntRange(1))
@click.option(
    "--grace",
    metavar="DURATION",
    callback=read_duration,
    help="How long the old key stays good, such as 24h.  [default: not at all]",
)
@json_option
@place_options
def rotate(key_id: int, grace: float | None, as_json: bool, **place: Any) -> None:
    """Put a new key in the place of one, which is printed this once. Endpoints and their SIDs stay as they are."""
    from tomaat_announce import key_store

    with opened(place) as (connection, now):
        secret = key_store.rotate(connection, now, key_id, grace or 0.0)
    if as_json:
        click.echo(json.dumps({"id": key_id, "key": secret}, indent=2))
        return
    old = f"is good until {shown(now + grace)}" if grace else "is good no more"
    click.echo(f"This is the new key {key_id}; the old one {old}. It is shown this once:", err=True)
    click.echo(secret)


def _row(key: KnownKey, now: float) -> tuple[Cell, ...]:
    count = f"{key.endpoints}" if key.max_endpoints is None else f"{key.endpoints} of {key.max_endpoints}"
    in_grace = key.state == "good" and key.previous_until is not None and key.previous_until > now
    state = f"good, the old one until {shown(key.previous_until)}" if in_grace else key.state
    times = (shown(key.last_announced), shown(key.created), shown(key.expires))
    return (str(key.id), key.owner, count, *times, (state, COLOURS[key.state]), key.note)


def _as_json(key: KnownKey) -> dict[str, Any]:
    from tomaat_announce.shapes import rfc3339

    found = asdict(key)
    return found | {name: None if found[name] is None else rfc3339(found[name]) for name in TIMES}


def _endpoints(count: int) -> str:
    return f"{count} endpoint{' is' if count == 1 else 's are'}"

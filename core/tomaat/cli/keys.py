"""``tomaat keys``: who may use a host."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tomaat.cli.address import json_option
from tomaat.cli.place import opened, place_options
from tomaat.cli.table import Cell, print_pairs, print_table
from tomaat.cli.times import read_duration, read_expiry, shown

if TYPE_CHECKING:
    from tomaat.access.key_store import KnownKey

COLOURS = {"good": "green", "expired": "yellow", "revoked": "red"}
TIMES = ("created", "last_used", "expires", "revoked", "previous_until")
ALL = "*"


@click.group(
    epilog="""A key is named by its number, which `tomaat keys list` shows. The commands work on the host's database, so
that they can be used while the host runs, and before it first does.

\b
Examples:
  tomaat keys create --owner "Anna, radiology"
  tomaat keys create --owner gateway --apps brain,spleen --expires 90d
  tomaat keys list
  tomaat keys rotate 3 --grace 24h
  tomaat keys revoke 3"""
)
def command() -> None:
    """Make, show, rotate and revoke the keys that callers of a host have."""


@command.command(
    epilog="""\b
Examples:
  tomaat keys create --owner "Anna, radiology" --note "her laptop" --expires 2027-01-31
  tomaat keys create --owner gateway --apps brain,spleen
  tomaat keys create --owner me --admin"""
)
@click.option("--owner", required=True, help="Who uses it: a person, a machine.")
@click.option("--note", default="", help="What you want to remember of it.")
@click.option("--apps", metavar="NAMES", help="The apps that it may use, by commas.  [default: all of them]")
@click.option("--weights", is_flag=True, help="It may upload and remove weights of these apps, too.")
@click.option("--admin", is_flag=True, help="It may do everything, and see everybody's jobs.")
@click.option(
    "--expires",
    metavar="DATE|DURATION",
    callback=read_expiry,
    help="The last day that it is good (UTC), or how long: 90d.  [default: for ever]",
)
@json_option
@place_options
def create(
    owner: str,
    note: str,
    apps: str | None,
    weights: bool,
    admin: bool,
    expires: float | None,
    as_json: bool,
    **place: Any,
) -> None:
    """Make a key. It is printed this once; the host keeps no more than its hash."""
    from tomaat.access import key_store
    from tomaat.audit.by_hand import note_key
    from tomaat.audit.entry import Action

    if admin and apps is not None:
        raise click.UsageError("An administrator's key may use all apps: leave out --apps, or --admin.")
    names = frozenset({ALL} if apps is None else filter(None, map(str.strip, apps.split(","))))
    grant = key_store.Grant(owner, note, names, weights=weights, admin=admin, expires=expires)
    with opened(place) as connection:
        number, secret = key_store.create(connection, time.time(), grant)
        note_key(connection, Action.KEY_MADE, number)
    if as_json:
        click.echo(json.dumps({"id": number, "key": secret}, indent=2))
        return
    click.echo(f"This is key {number}, of {owner}. It is shown this once:", err=True)
    click.echo(secret)
    click.echo("Who has it says `tomaat login URL`, or sets the variable TOMAAT_KEY.", err=True)


@command.command("list", epilog="\b\nExample:\n  tomaat keys list --json")
@json_option
@place_options
def list_(as_json: bool, **place: Any) -> None:
    """Show all keys: whose they are, and what they may do."""
    from tomaat.access import key_store

    with opened(place) as connection:
        found = key_store.list_keys(connection, time.time())
    if as_json:
        click.echo(json.dumps({"keys": [_as_json(key) for key in found]}, indent=2))
    elif found:
        columns = ("ID", "Key", "Owner", "May", "Last used", "Created", "Expires", "State", "Note")
        print_table(columns, [_row(key) for key in found])
    else:
        click.echo("No keys yet. Make one: tomaat keys create --owner NAME")


@command.command(epilog="\b\nExample:\n  tomaat keys show 3")
@click.argument("key_id", metavar="ID", type=click.IntRange(1))
@json_option
@place_options
def show(key_id: int, as_json: bool, **place: Any) -> None:
    """Show one key. The key itself is nowhere; its first letters are."""
    from tomaat.access import key_store

    with opened(place) as connection:
        key = key_store.show(connection, time.time(), key_id)
    if as_json:
        click.echo(json.dumps(_as_json(key), indent=2))
        return
    pairs = {"key": f"{key.prefix}...", "owner": key.owner, "may": _may(key), "state": _state(key), "note": key.note}
    pairs |= {name.replace("_", " "): shown(getattr(key, name)) for name in TIMES if name != "previous_until"}
    print_pairs((name, value) for name, value in pairs.items() if value)


@command.command(epilog="\b\nExample:\n  tomaat keys revoke 3")
@click.argument("key_id", metavar="ID", type=click.IntRange(1))
@place_options
def revoke(key_id: int, **place: Any) -> None:
    """Have a key be good no more, within a second. There is no way back. Its jobs go on."""
    from tomaat.access import key_store
    from tomaat.audit.by_hand import note_key
    from tomaat.audit.entry import Action

    with opened(place) as connection:
        key = key_store.revoke(connection, time.time(), key_id)
        note_key(connection, Action.KEY_REVOKED, key_id)
    click.echo(f"Revoked the key {key_id}, of {key.owner}.")


@command.command(epilog="\b\nExample:\n  tomaat keys rotate 3 --grace 24h")
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
    """Put a new key in the place of one, which is printed this once. It may do the same, and sees the same jobs."""
    from tomaat.access import key_store
    from tomaat.audit.by_hand import note_key
    from tomaat.audit.entry import Action

    now = time.time()
    with opened(place) as connection:
        secret = key_store.rotate(connection, now, key_id, grace or 0.0)
        note_key(connection, Action.KEY_CHANGED, key_id)
    if as_json:
        click.echo(json.dumps({"id": key_id, "key": secret}, indent=2))
        return
    old = f"is good until {shown(now + grace)}" if grace else "is good no more"
    click.echo(f"This is the new key {key_id}; the old one {old}. It is shown this once:", err=True)
    click.echo(secret)


def _row(key: KnownKey) -> tuple[Cell, ...]:
    times = (shown(key.last_used), shown(key.created), shown(key.expires))
    may, state = _may(key), (_state(key), COLOURS[key.state])
    return (str(key.id), f"{key.prefix}...", key.owner, may, *times, state, key.note)


def _may(key: KnownKey) -> str:
    if key.admin:
        return "everything"
    apps = "all apps" if ALL in key.apps else ", ".join(key.apps) or "no app"
    return f"{apps}, weights" if key.weights else apps


def _state(key: KnownKey) -> str:
    in_grace = key.state == "good" and key.previous_until is not None and key.previous_until > time.time()
    return f"good, the old one until {shown(key.previous_until)}" if in_grace else key.state


def _as_json(key: KnownKey) -> dict[str, Any]:
    from tomaat.jobs.job import rfc3339

    found = asdict(key)
    return found | {name: rfc3339(found[name]) for name in TIMES}

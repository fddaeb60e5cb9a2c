"""``tomaat-announce import-tinydb``: the keys of the first TOMAAT's announcement service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tomaat_announce.cli.place import opened, place_options


@click.command(
    epilog="""TOMAAT kept one service for each key, so these keys have one endpoint each, and another prediction URL
takes the place of the first. TOMAAT's services go on announcing with their keys, to this service's address.

\b
Example:
  tomaat-announce import-tinydb db/api_key_db.json --owner "before 2027" """
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", default="TOMAAT", show_default=True, help="Whose the keys are said to be.")
@click.option("--note", default="", help="What you want to remember of them.  [default: the file's name]")
@place_options
def command(file: Path, owner: str, note: str, **place: Any) -> None:
    """Take over the keys in FILE, the database of TOMAAT's announcement service (api_key_db.json).

    Keys that are known here already are left as they are, so that a second time changes nothing.
    """
    from tomaat_announce import key_store
    from tomaat_announce.tinydb import read_keys

    found, unfit = read_keys(file)
    allowance = key_store.Allowance(owner, note or f"imported from {file.name}", max_endpoints=1)
    with opened(place) as (connection, now):
        known = [key_store.add(connection, now, secret, allowance) for secret in found].count(None)
    said = [f"{_keys(len(found) - known)} imported"]
    said += [f"{known} known already"] if known else []
    said += [f"{unfit} left out: a key of TOMAAT has 64 letters or digits"] if unfit else []
    click.echo(f"{', '.join(said)}.")


def _keys(count: int) -> str:
    return f"{count} key{'' if count == 1 else 's'}"

"""``tomaat audit``: who did what with a host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tomaat.cli.place import opened, place_options
from tomaat.cli.times import read_moment

if TYPE_CHECKING:
    from sqlalchemy import Connection


@click.group(
    epilog="""The commands work on the host's database, so that they can be used while the host runs.

\b
Examples:
  tomaat audit export > audit.jsonl
  tomaat audit verify
  tomaat audit prune --before 2026-01-01"""
)
def command() -> None:
    """Export and verify the audit log: rows that are only ever added."""


@command.command(
    epilog="""\b
Examples:
  tomaat audit export > audit.jsonl
  tomaat audit export --since 2026-11-01 --until 2026-12-01"""
)
@click.option("--since", metavar="TIME", callback=read_moment, help="Only what was done at this time (UTC) or later.")
@click.option("--until", metavar="TIME", callback=read_moment, help="Only what was done before this time (UTC).")
@place_options
def export(since: float | None, until: float | None, **place: Any) -> None:
    """Print the audit log, a JSON object for each row, the oldest first."""
    from tomaat.audit.chain import rows
    from tomaat.jobs.job import rfc3339

    with _reading(place) as connection:
        for row in rows(connection):
            if (since is None or row["time"] >= since) and (until is None or row["time"] < until):
                click.echo(json.dumps(row | {"at": rfc3339(row["time"])}))


@command.command(epilog="\b\nExample:\n  tomaat audit verify")
@place_options
def verify(**place: Any) -> None:
    """Check that no row was changed or removed. Prints the digest of the last row: note it elsewhere, since rows that
    are cut off at the end are missed only by who knows it."""
    from tomaat.audit.chain import verify as verify_rows
    from tomaat.cli.group import Failure

    with _reading(place) as connection:
        verdict = verify_rows(connection)
    if verdict.fault:
        raise Failure(verdict.fault)
    click.echo(f"{verdict.rows} rows are as they were written; the last one's digest is {verdict.last or 'none'}.")


@command.command(epilog="\b\nExample:\n  tomaat audit prune --before 2026-01-01")
@click.option("--before", metavar="TIME", required=True, callback=read_moment, help="Remove what is older (UTC).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@place_options
def prune(before: float, yes: bool, **place: Any) -> None:
    """Remove the oldest rows, which becomes a row itself. Export them first."""
    from tomaat.audit.pruning import prune as prune_rows

    if not yes:
        click.confirm("Rows that are removed are gone. Have you exported them?", abort=True)
    with opened(place) as connection:
        count = prune_rows(connection, before)
    click.echo(f"Removed {count} rows.")


@contextmanager
def _reading(place: dict[str, Any]) -> Iterator[Connection]:
    """A connection that holds nobody up, however long it reads."""
    from tomaat.database.engine import open_engine

    with opened(place) as connection:  # which makes the tables of this version
        url = connection.engine.url
    engine = open_engine(url.render_as_string(hide_password=False), reading=True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()

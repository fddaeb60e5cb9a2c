"""``tomaat new``: a plugin to start from."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    epilog="""\b
Example:
  tomaat new spleen-ct --folder ~/models"""
)
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where to put the plugin's own folder.  [default: the current folder]",
)
def command(name: str, folder: Path) -> None:
    """Write a plugin that works as it is.

    It installs, serves and passes its own tests.

    NAME is the app's name too: lower-case letters, digits and '-', such as spleen-ct.
    """
    from tomaat.cli.skeleton import write_plugin

    written = write_plugin(name, folder)
    click.echo(f"{written} is a plugin. Next:")
    click.echo(f"  pip install -e {written}")
    click.echo(f"  pytest {written}")
    click.echo(f"  tomaat check {name}")

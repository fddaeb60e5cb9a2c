"""``tomaat wrap``: a plugin around a script that was written for the first TOMAAT."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    epilog="""\b
Examples:
  tomaat wrap thresholding.py
  tomaat wrap liver.py --name liver --include model.pt -- start-service --config_file_path liver.json"""
)
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--name", help="The app's name.  [default: made from the name in the service's configuration]")
@click.option(
    "-o",
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put the plugin's own folder.  [default: the current folder]",
)
@click.option(
    "--include",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A file or folder that the script reads, such as its weights; may be given several times.",
)
@click.option("--service", default="", help="The name of the service that is wanted, where the script makes several.")
def command(
    script: Path,
    arguments: tuple[str, ...],
    name: str | None,
    folder: Path | None,
    include: tuple[Path, ...],
    service: str,
) -> None:
    """Write a plugin around a script that was written for the first TOMAAT.

    The script is run, up to where its service would begin to serve, in its own folder and with ARGUMENTS, which follow
    a --. It is copied into the plugin as it is, with the modules beside it that it has imported. Nothing else comes
    along on its own: name with --include what the script reads.
    """
    from tomaat.cli.wrapping import write_wrapped

    written, copied, app = write_wrapped(script, arguments, name or "", folder or Path(), include, service)
    click.echo(f"{written} is a plugin, with {', '.join(copied)}. Next:")
    click.echo(f"  pip install -e {written}")
    click.echo(f"  tomaat check {app}")
    click.echo("  tomaat serve")

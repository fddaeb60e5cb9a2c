"""``tomaat new``: a plugin to start from, or a manifest for a network."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    epilog="""\b
Examples:
  tomaat new spleen-ct --folder ~/models
  tomaat new --from model.onnx --name spleen-ct"""
)
@click.argument("name", required=False)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put the plugin's own folder.  [default: the current folder]",
)
@click.option(
    "--from",
    "network",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write a manifest for this network, ONNX or TorchScript, and no plugin.",
)
@click.option("--name", "app", help="With --from: the app's name.  [default: the file's]")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --from: the manifest's file.  [default: the app's name, with .toml, in the current folder]",
)
def command(name: str | None, folder: Path | None, network: Path | None, app: str | None, output: Path | None) -> None:
    """Write a plugin, or with --from a manifest, that works as it is.

    A plugin installs, serves and passes its own tests. A manifest has what can be read from the network's file, and
    leaves the rest to you.

    NAME is the plugin's app's name too: lower-case letters, digits and '-', such as spleen-ct.
    """
    if network is not None:
        if name is not None or folder is not None:
            raise click.UsageError("--from writes a manifest: name its app with --name, and its file with --output.")
        _manifest(network, app, output)
    elif name is None or app is not None or output is not None:
        raise click.UsageError("Name the plugin's app (tomaat new spleen-ct), or a network (tomaat new --from FILE).")
    else:
        _plugin(name, folder or Path())


def _plugin(name: str, folder: Path) -> None:
    from tomaat.cli.skeleton import write_plugin

    written = write_plugin(name, folder)
    click.echo(f"{written} is a plugin. Next:")
    click.echo(f"  pip install -e {written}")
    click.echo(f"  pytest {written}")
    click.echo(f"  tomaat check {name}")


def _manifest(network: Path, name: str | None, output: Path | None) -> None:
    from tomaat.cli.manifest import write_manifest

    written = write_manifest(network, name, output)
    click.echo(f"{written} describes {network.name}. Read it through, then:")
    click.echo(f"  tomaat serve --manifest {written}")

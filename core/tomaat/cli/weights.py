"""``tomaat weights``: what a host's networks are loaded from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tomaat.cli.address import DEFAULT_URL, connect, fingerprint_option, json_option, split_app
from tomaat.cli.table import Cell, print_table

if TYPE_CHECKING:
    from tomaat.client import Client, RemoteWeights


@click.group(
    epilog="""APP is an app's name, of the host on this machine unless a URL stands before it; `tomaat apps` shows what
there is.

\b
Examples:
  tomaat weights push spleen model.pth
  tomaat weights list http://gpu1:9001/spleen
  tomaat weights remove spleen model"""
)
def command() -> None:
    """Upload, show and remove the weights of a host's apps."""


@command.command(epilog="\b\nExample:\n  tomaat weights push spleen epoch90.pth --id best")
@click.argument("target", metavar="[URL/]APP")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--id", "weights_id", help="What to call them.  [default: the file's name without extension]")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@fingerprint_option("the host's")
@json_option
def push(target: str, file: Path, weights_id: str | None, quiet: bool, fingerprint: str | None, as_json: bool) -> None:
    """Upload weights: the host checks them, and they replace those of the same name.

    FILE is a PyTorch state dict, safetensors, TorchScript or ONNX, as far as the app takes them.
    """
    from tomaat.cli.progress import display

    url, app = split_app(target)
    with connect(url, fingerprint) as client:
        with display(quiet=quiet) as shown:
            weights = client.push_weights(app, file, weights_id, on_upload=shown.upload)
        if as_json:
            click.echo(json.dumps(dict(weights.json), indent=2))
            return
        click.echo(f"The app {app} has the weights {weights.id} now ({weights.format}, sha256 {weights.sha256[:12]}).")
        click.echo(f"Use them: {_prediction(client, url, weights)}")


@command.command("list", epilog="\b\nExample:\n  tomaat weights list spleen --json")
@click.argument("target", metavar="[URL/]APP")
@fingerprint_option("the host's")
@json_option
def list_(target: str, fingerprint: str | None, as_json: bool) -> None:
    """Show the weights of an app. The default is what a call gets that names none."""
    url, app = split_app(target)
    with connect(url, fingerprint) as client:
        found = client.weights(app)
    if as_json:
        listed = [dict(weights.json) | {"default": weights.default} for weights in found]
        click.echo(json.dumps({"weights": listed}, indent=2))
    elif found:
        print_table(("Weights", "Format", "Size", "From", "Created", "SHA-256", ""), [_row(each) for each in found])
    else:
        click.echo(f"The app {app} has no weights yet. Upload some: tomaat weights push {target} FILE")


@command.command(epilog="\b\nExample:\n  tomaat weights remove spleen best")
@click.argument("target", metavar="[URL/]APP")
@click.argument("weights_id", metavar="ID")
@fingerprint_option("the host's")
def remove(target: str, weights_id: str, fingerprint: str | None) -> None:
    """Remove uploaded weights. A job that uses them keeps them until it ends."""
    url, app = split_app(target)
    with connect(url, fingerprint) as client:
        client.remove_weights(app, weights_id)
    click.echo(f"Removed the weights {weights_id} of the app {app}.")


def _row(weights: RemoteWeights) -> tuple[Cell, ...]:
    return (
        weights.id,
        weights.format,
        f"{weights.size / 1e6:,.1f} MB",
        weights.source,
        weights.created.astimezone().strftime("%Y-%m-%d %H:%M"),
        weights.sha256[:12],
        ("default", "green") if weights.default else "",
    )


def _prediction(client: Client, url: str, weights: RemoteWeights) -> str:
    """The command that calls the app with these weights, for people to copy."""
    inputs = [element for element in client.interface(weights.app).inputs if element.required]
    given = [f"-i {each.name}=FILE" if each.receives == "file" else f"-p {each.name}=VALUE" for each in inputs]
    target = weights.app if url == DEFAULT_URL else f"{url}/{weights.app}"
    return " ".join(["tomaat predict", target, *given, f"-p weights={weights.id}"])

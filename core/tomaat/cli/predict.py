"""``tomaat predict``: one call of an app, from files to files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tomaat.cli.address import connect, fingerprint_option, json_option
from tomaat.cli.group import INTERRUPTED
from tomaat.cli.registry import locate

if TYPE_CHECKING:
    from tomaat.cli.progress import Display
    from tomaat.client import Client, Interface, Job


class Pairs(click.Option):
    """An option ``NAME=VALUE``, as often as wanted: a dictionary."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "multiple": True})

    def process_value(self, ctx: click.Context, value: Any) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for pair in super().process_value(ctx, value):
            name, equals, text = pair.partition("=")
            if not (name and equals and text):
                raise click.BadParameter(f"{pair!r} must be written NAME=VALUE.", ctx, self)
            if name in pairs:
                raise click.BadParameter(f"{name!r} is given twice.", ctx, self)
            pairs[name] = text
        return pairs


@click.command(
    epilog="""What is saved: each result that -o names, in the format of the file's name (mask.nii.gz, mask.mha,
mask.nrrd, ...); without any -o all of them, as NAME.EXTENSION in the current folder or in --output-dir. Texts are
printed. No file is replaced unless --force is said.

\b
Examples:
  tomaat predict brain -i image=t1.nii.gz
  tomaat predict http://gpu1:9001/threshold -i image=ct/ -p level=0.3 \\
      -o labels=mask.nii.gz
  tomaat predict k3v7q2ab --registry http://registry.example:8001 -i image=ct.nii.gz""",
)
@click.argument("target", metavar="[URL/]APP|SID")
@click.option("-i", "--input", "files", cls=Pairs, metavar="NAME=FILE", help="A file, or a folder of DICOM files.")
@click.option("-p", "--parameter", "values", cls=Pairs, metavar="NAME=VALUE", help="A number, text, choice or points.")
@click.option("-o", "--output", "outputs", cls=Pairs, metavar="NAME=FILE", help="Where to save a result.")
@click.option(
    "-d",
    "--output-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Where to save all results when no -o is given.  [default: the current folder]",
)
@click.option("--registry", metavar="URL", help="The announcement service that lists the SID.")
@click.option("--device", help="Where to compute: cpu, cuda:0.  [default: the host's choice]")
@click.option("-f", "--force", is_flag=True, help="Replace files that exist.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@fingerprint_option("the host's")
@json_option
def command(
    target: str,
    files: dict[str, str],
    values: dict[str, str],
    outputs: dict[str, str],
    output_dir: Path,
    registry: str | None,
    device: str | None,
    force: bool,
    quiet: bool,
    fingerprint: str | None,
    as_json: bool,
) -> None:
    """Send files to an app, wait, and save its results.

    APP is an app's name, of the host on this machine unless a URL stands before it; `tomaat apps` shows what there
    is. With --registry it is a SID, which `tomaat discover` shows. Ctrl-C cancels the job on the host too.
    """
    from tomaat.cli.progress import display
    from tomaat.cli.results import plan, sizes

    url, app = locate(target, registry)
    with connect(url, fingerprint, chosen=registry is None) as client:
        interface = client.interface(app)
        inputs = {**values, **_paths(interface, files, values)}
        saving = plan(interface, {name: Path(path) for name, path in outputs.items()}, output_dir, force=force)
        job = _call(client, app, inputs, saving.formats, device, display(quiet=quiet))
        saved = saving.save(job)
        if as_json:
            click.echo(json.dumps(dict(job.json), indent=2))
            return
        for name in saving.printed:
            click.echo(f"{name}: {job.text(name)}")
        for name, path in saved.items():
            click.echo("\n".join([f"{name}: {path}", *sizes(job.result(name))]))


def _paths(interface: Interface, files: dict[str, str], values: dict[str, str]) -> dict[str, Path]:
    """The files of ``-i``. A value that was meant for ``-p`` is told from a file that is missing."""
    texts = {element.name for element in interface.inputs if element.receives == "text"}
    for name, path in files.items():
        if name in values:
            raise click.UsageError(f"{name!r} is given with -i and with -p.")
        if name in texts and not Path(path).exists():
            raise click.UsageError(f"There is no file {path}. If it is a value, write -p {name}={path}.")
    return {name: Path(path) for name, path in files.items()}


def _call(
    client: Client,
    app: str,
    inputs: dict[str, Any],
    formats: Mapping[str, str],
    device: str | None,
    display: Display,
) -> Job:
    """Send the job and wait for it; when Ctrl-C comes between, cancel it and say so."""
    job = None
    try:
        with display as shown:
            job = client.submit(app, inputs, formats=formats, device=device, on_upload=shown.upload)
            return client.wait(job, shown.job).check()
    except KeyboardInterrupt:
        click.secho(_cancelled(client, job), fg="yellow", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def _cancelled(client: Client, job: Job | None) -> str:
    from tomaat.errors import TomaatError

    if job is None:
        return "Interrupted while the job was being sent. If the host has it all the same, `tomaat jobs list` shows it."
    click.secho("Cancelling the job on the host ...", fg="yellow", err=True)
    try:
        client.cancel(job)
    except KeyboardInterrupt:
        return f"Interrupted again; the job {job.id} may go on. `tomaat jobs cancel` stops it."
    except TomaatError as error:
        return f"Interrupted, but the job {job.id} could not be cancelled: {error.detail}"
    return f"Cancelled the job {job.id} on the host."

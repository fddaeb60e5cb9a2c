"""The ``tomaat`` command. Its sub-commands are modules beside this one, each with a ``command``; rich, httpx and
Sanic are imported when a command runs, so that ``--help`` answers at once."""

from __future__ import annotations

import click

from tomaat._version import __version__
from tomaat.cli.group import CommandGroup

COMMANDS = (
    "serve",
    "plugins",
    "apps",
    "discover",
    "predict",
    "jobs",
    "top",
    "weights",
    "keys",
    "login",
    "logout",
    "audit",
    "trust",
    "env",
    "new",
    "wrap",
    "check",
)


@click.group(
    cls=CommandGroup,
    modules={name: f"tomaat.cli.{name}" for name in COMMANDS},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  tomaat serve
  tomaat predict brain -i image=t1.nii.gz -o mask=mask.nii.gz
  tomaat new my-model""",
)
@click.version_option(__version__, prog_name="tomaat", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, envvar="TOMAAT_DEBUG", help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Serve medical imaging models, and call them."""

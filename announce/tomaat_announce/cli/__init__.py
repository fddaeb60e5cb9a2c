"""The ``tomaat-announce`` command. Its sub-commands are modules beside this one, each with a ``command``; Sanic and
SQLAlchemy are imported when a command runs, so that ``--help`` answers at once."""

from __future__ import annotations

import click

from tomaat.cli.group import CommandGroup
from tomaat_announce import __version__

COMMANDS = {"serve": "serve", "keys": "keys", "endpoints": "endpoints", "import-tinydb": "import_tinydb"}
"""The commands, and their modules."""


@click.group(
    cls=CommandGroup,
    modules={name: f"tomaat_announce.cli.{module}" for name, module in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  tomaat-announce serve
  tomaat-announce keys create --owner "Anna, radiology"
  tomaat-announce endpoints list""",
)
@click.version_option(__version__, prog_name="tomaat-announce", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, envvar="TOMAAT_DEBUG", help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Run an announcement service: hosts announce their apps to it, and clients find them there."""

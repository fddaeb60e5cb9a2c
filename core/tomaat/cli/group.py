"""A click group that imports a command when it is asked for, and says errors in one line."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from tomaat.errors import TomaatError

INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended."""


class CommandGroup(click.Group):
    """:param modules: command names to modules that have a ``command``, in the order of ``--help``."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        command: click.Command = import_module(self._modules[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TomaatError as error:
            if ctx.params["debug"]:
                raise
            raise Failure(error.detail) from error
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None


class Failure(click.ClickException):
    """An error as one line in red; exit code 1."""

    def show(self, file: Any = None) -> None:
        click.secho(f"Error: {self.format_message()}", fg="red", err=True, file=file)

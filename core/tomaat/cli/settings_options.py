"""Options made from a table of settings: the host's, or the announcement service's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import click

Command = TypeVar("Command", bound=Callable[..., Any])

TYPES: dict[type, Any] = {int: int, float: float, str: str, Path: click.Path(path_type=Path)}


def config_option(file_name: str) -> Callable[[Command], Command]:
    """Add ``--config``, beside the settings file of the data folder."""
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=f"Settings file.  [default: {file_name} in the data folder, if there is one]",
    )


def table_options(
    table: type[Any], *, only: Collection[str] = (), without: Collection[str] = ()
) -> Callable[[Command], Command]:
    """Add an option for each setting of a table, or for ``only`` some of them, or for all ``without`` some."""
    fields = [field for field in dataclasses.fields(table) if field.name not in without]

    def add(command: Command) -> Command:
        for field in reversed(fields):
            if not only or field.name in only:
                command = _option(table, field, f"--{field.name.replace('_', '-')}", field.name)(command)
        return command

    return add


def section_options(name: str, section: type[Any]) -> Callable[[Command], Command]:
    """Add an option for each setting of a section: ``--announce`` is ``url`` of ``[announce]``, and ``--announce-key``
    its ``key``."""

    def add(command: Command) -> Command:
        for field in reversed(dataclasses.fields(section)):
            option = f"--{name}" if field.name == "url" else f"--{name}-{field.name.replace('_', '-')}"
            command = _option(section, field, option, f"{name}_{field.name}")(command)
        return command

    return add


def _option(
    table: type[Any], field: dataclasses.Field[Any], option: str, parameter: str
) -> Callable[[Command], Command]:
    kind = get_type_hints(table)[field.name]
    if kind is bool and field.default:
        return click.option(f"{option}/--no-{option[2:]}", parameter, default=None, help=_help(field))
    if kind is bool:
        return click.option(option, parameter, is_flag=True, default=None, help=_help(field))
    return click.option(option, parameter, type=TYPES[kind], help=_help(field))


def _help(field: dataclasses.Field[Any]) -> str:
    said = field.metadata["help"]
    sentence = f"{said[0].upper()}{said[1:]}."
    default = field.default
    if default in ("", Path()) or default is False:
        return sentence  # it says itself what happens then
    if default is True:
        return f"{sentence}  [default: yes]"
    shown = f"{default:.10g}" if isinstance(default, float) else default  # and no 7.8e+06
    return f"{sentence}  [default: {shown}]"

"""``tomaat serve``: its options are the settings' table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import click

from tomaat.cli.network import network_options, with_network
from tomaat.settings import PREFIX, SECTIONS, TABLES, Settings

Command = TypeVar("Command", bound=Callable[..., Any])

TYPES: dict[type, Any] = {int: int, float: float, str: str, Path: click.Path(path_type=Path)}


def settings_options(command: Command) -> Command:
    """Add an option for each setting that the command line can say: ``--announce`` is ``url`` of ``[announce]``, and
    ``--announce-key`` its ``key``."""
    for name, section in reversed(list(SECTIONS.items())):
        for field in reversed(dataclasses.fields(section)):
            option = f"--{name}" if field.name == "url" else f"--{name}-{field.name.replace('_', '-')}"
            command = _option(section, field, option, f"{name}_{field.name}")(command)
    for field in reversed(dataclasses.fields(Settings)):
        if field.name not in {*TABLES, *SECTIONS}:
            command = _option(Settings, field, f"--{field.name.replace('_', '-')}", field.name)(command)
    return command


def _option(
    table: type[Any], field: dataclasses.Field[Any], option: str, parameter: str
) -> Callable[[Command], Command]:
    kind = get_type_hints(table)[field.name]
    if kind is bool:
        return click.option(option, parameter, is_flag=True, default=None, help=_help(field))
    return click.option(option, parameter, type=TYPES[kind], help=_help(field))


def _help(field: dataclasses.Field[Any]) -> str:
    said = field.metadata["help"]
    sentence = f"{said[0].upper()}{said[1:]}."
    default = field.default
    if default in ("", Path(), False):
        return sentence  # it says itself what happens then
    return f"{sentence}  [default: {default:g}]" if isinstance(default, float) else f"{sentence}  [default: {default}]"


@click.command(
    epilog=f"""Every option can also be set as a variable ({PREFIX}PORT=9001) or as a key of a TOML file (port =
9001), where a table [apps.NAME] has the settings of a single app.

\b
Examples:
  tomaat serve
  tomaat serve --port 8080 --device cuda:0
  tomaat serve --config /etc/tomaat.toml
  tomaat serve --onnx model.onnx --manifest app.toml""",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file.  [default: tomaat.toml in the data folder, if there is one]",
)
@network_options
@settings_options
def command(
    config: Path | None, manifest: Path | None, onnx: Path | None, torchscript: Path | None, **options: Any
) -> None:
    """Serve the installed apps until Ctrl-C, and a network without a plugin where --manifest names one."""
    settings = Settings.load(config=config, options=options)
    settings, required = with_network(settings, manifest, onnx, torchscript)
    from tomaat.host.serve import serve

    serve(settings, required)

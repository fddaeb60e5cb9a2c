"""``tomaat serve``: its options are the settings' table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tomaat.cli.network import network_options, with_network
from tomaat.cli.settings_options import config_option, section_options, table_options
from tomaat.settings import PREFIX, SECTIONS, TABLES, Settings
from tomaat.settings.host import FILE_NAME


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
@config_option(FILE_NAME)
@network_options
@table_options(Settings, without={*TABLES, *SECTIONS})
@section_options("announce", SECTIONS["announce"])
def command(
    config: Path | None, manifest: Path | None, onnx: Path | None, torchscript: Path | None, **options: Any
) -> None:
    """Serve the installed apps until Ctrl-C, and a network without a plugin where --manifest names one."""
    settings = Settings.load(config=config, options=options)
    settings, required = with_network(settings, manifest, onnx, torchscript)
    from tomaat.host.serve import serve

    serve(settings, required)

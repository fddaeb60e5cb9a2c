"""``tomaat-announce serve``: its options are the settings' table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tomaat.cli.settings_options import config_option, table_options
from tomaat_announce.settings import FILE_NAME, PREFIX, ServiceSettings


@click.command(
    epilog=f"""Every option but --home can also be set as a variable ({PREFIX}PORT=8001) or as a key of a TOML file
(port = 8001). The variable of --home is TOMAAT_HOME.

\b
Examples:
  tomaat-announce serve
  tomaat-announce serve --host 0.0.0.0 --tls
  tomaat-announce serve --database postgresql://announce@db1/announce
  tomaat-announce serve --config /etc/announce.toml"""
)
@config_option(FILE_NAME)
@table_options(ServiceSettings)
def command(config: Path | None, **options: Any) -> None:
    """Serve the registry until Ctrl-C. The database is made, or brought to this version, at the start.

    Nobody can announce before you have made a key: `tomaat-announce keys create --owner NAME`.
    """
    settings = ServiceSettings.load(config=config, options=options)
    from tomaat_announce.serve import serve

    serve(settings)

"""The announcement service inside a host, as a plugin of the host: ``tomaat serve --with-announce``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tomaat.markers import hookimpl

if TYPE_CHECKING:
    from tomaat.host.host import Host


@hookimpl
def tomaat_routes(host: Host) -> None:
    if host.settings.with_announce:
        logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of its parts as it is imported
        from tomaat_announce.inside import run_inside  # workers read this file too, and need no server

        run_inside(host)

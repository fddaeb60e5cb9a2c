"""Spleen segmentation from CT: one app, ``spleen``, and the API of pfms for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tomaat import hookimpl
from tomaat.hookspecs import RegisterApp
from tomaat_spleenseg.app import Spleen

if TYPE_CHECKING:
    from tomaat.host.host import Host


@hookimpl
def tomaat_apps(register: RegisterApp) -> None:
    register(Spleen)


@hookimpl
def tomaat_routes(host: Host) -> None:
    from tomaat_spleenseg.pfms import routes  # workers read this file too, and need no server

    routes.add_routes(host)

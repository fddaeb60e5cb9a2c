"""A service that shares a host's server: for one machine, whose apps are announced there by themselves."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING, Any

from sanic import Sanic
from sqlalchemy import Connection

from tomaat.access.needs import Need, routes_that_need
from tomaat_announce import key_store
from tomaat_announce.key_store import Allowance
from tomaat_announce.routes import add_routes
from tomaat_announce.routes.metrics import show
from tomaat_announce.service import Service
from tomaat_announce.settings import ServiceSettings

if TYPE_CHECKING:
    from tomaat.host.host import Host

PAGE = "/registry"
OWNER = "this host"


def run_inside(host: Host) -> None:
    """Add a service to a host: its routes, its start and stop, and the host's own apps.

    It has the settings and the database that ``tomaat-announce`` would have with the host's data folder, so that the
    commands of ``tomaat-announce`` work beside it.

    Raises :class:`~tomaat.errors.SettingsError` for settings that it can't run with.
    """
    service = Service(ServiceSettings.load(options={"home": host.settings.home}))
    host.sanic.config.PROXIES_COUNT = service.settings.proxies  # else all who announce would share one rate
    with routes_that_need(host.sanic, Need.NOTHING):  # the registry has keys of its own
        add_routes(service, host.sanic, page=PAGE)
    host.counts.more.append(partial(show, service))

    @host.sanic.before_server_start
    async def start(_: Sanic[Any, Any]) -> None:
        await service.start()
        host.announcing.add_inside(await _own_key(service), host.url, host.fingerprint)

    @host.sanic.before_server_stop  # listeners stop in reverse order: the host has withdrawn its apps by then
    async def stop(_: Sanic[Any, Any]) -> None:
        await service.stop()


async def _own_key(service: Service) -> str:
    """A key for this host's own apps, a new one at each start: nobody needs to keep it."""
    note = f"made by tomaat serve --with-announce on {socket.gethostname()}"

    def renew(connection: Connection) -> str:
        now = service.clock.now()
        for key in key_store.list_keys(connection, now):
            if (key.owner, key.note, key.state) == (OWNER, note, "good"):
                return key_store.rotate(connection, now, key.id)
        return key_store.create(connection, now, Allowance(OWNER, note))[1]

    return await service.database.write(renew)

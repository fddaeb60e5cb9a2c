"""Make the service and serve it until it is told to stop."""

from __future__ import annotations

import logging
from typing import Any

from sanic import Sanic

from tomaat.listening import listen, url_of
from tomaat.logs.stderr import logging_to_stderr
from tomaat.problems import add_error_handler
from tomaat.serving import quiet_loggers, run
from tomaat.tls.own import called
from tomaat.tls.server import choose_certificate, tell
from tomaat.traffic.protocol import watch_requests
from tomaat_announce import key_store
from tomaat_announce.routes import add_routes
from tomaat_announce.service import Service
from tomaat_announce.settings import ServiceSettings

log = logging.getLogger("tomaat_announce")

GRACE = 3.0
"""Seconds that open connections have at a stop: who listens to events is not waited for."""
TIMEOUT = 60.0
"""Seconds that a request, or an answer, may take to come; a client that dawdles is let go."""


def create_service(settings: ServiceSettings) -> tuple[Service, Sanic[Any, Any]]:
    """The service and its server. Nothing runs yet.

    Raises :class:`~tomaat.errors.SettingsError` where the data folder or the database can't be used.
    """
    settings.make_home()
    service = Service(settings)
    sanic: Sanic[Any, Any] = Sanic("tomaat-announce", log_config=quiet_loggers())
    sanic.config.update(
        AUTO_EXTEND=False,
        REQUEST_MAX_SIZE=max(settings.max_body, 2**20),
        REQUEST_TIMEOUT=TIMEOUT,
        RESPONSE_TIMEOUT=TIMEOUT,
        GRACEFUL_SHUTDOWN_TIMEOUT=GRACE,
        KEEP_ALIVE_TIMEOUT=75,
        ACCESS_LOG=False,
        OAS=False,
        PROXIES_COUNT=settings.proxies,
    )
    add_error_handler(sanic)
    watch_requests(sanic)
    add_routes(service, sanic)

    @sanic.before_server_start
    async def start(_: Sanic[Any, Any]) -> None:
        await service.start()
        if not await service.database.read(key_store.exist):
            log.warning("nobody can announce yet: make a key with `tomaat-announce keys create --owner NAME`")

    @sanic.before_server_stop
    async def stop(_: Sanic[Any, Any]) -> None:
        await service.stop()

    return service, sanic


def serve(settings: ServiceSettings) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises :class:`~tomaat.errors.SettingsError` when the address is taken or the certificate can't be served with, and
    what :func:`create_service` raises.
    """
    with logging_to_stderr(settings.log_format):
        _serve(settings)


def _serve(settings: ServiceSettings) -> None:
    listening = listen(settings.host, settings.port)
    _, sanic = create_service(settings)
    certificate = choose_certificate(
        settings.home, own=settings.tls, cert=settings.tls_cert, key=settings.tls_key, host=settings.host
    )
    if certificate is not None:
        tell(certificate, log, called(settings.host))
    log.info("the announcement service is at %s", url_of(listening, https=certificate is not None))
    run(sanic, listening, certificate, log)

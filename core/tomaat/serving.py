"""Running a Sanic application, as the host and the announcement service both do: in this process, on a socket that
listens already, with its requests watched."""

from __future__ import annotations

import logging
import socket
from typing import Any

from sanic import Sanic
from sanic.log import LOGGING_CONFIG_DEFAULTS

from tomaat.tls.certificate import Certificate
from tomaat.tls.server import server_context
from tomaat.traffic.protocol import WatchedProtocol


def quiet_loggers() -> dict[str, Any]:
    """Sanic's argument ``log_config``: its loggers, and httpx's, through ours, and their warnings alone."""
    quiet = {"level": "WARNING", "propagate": True, "handlers": []}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "loggers": {name: dict(quiet) for name in (*LOGGING_CONFIG_DEFAULTS["loggers"], "httpx")},
    }


def run(sanic: Sanic[Any, Any], listening: socket.socket, certificate: Certificate | None, log: logging.Logger) -> None:
    """Serve until SIGINT or SIGTERM; HTTPS where there is a certificate.

    :param sanic: one that :func:`tomaat.traffic.protocol.watch_requests` was called for.
    """
    context = None if certificate is None else server_context(certificate)
    try:
        # Sanic's own server processes are daemonic and may not start others, so all is in one process.
        sanic.run(
            sock=listening, ssl=context, protocol=WatchedProtocol, single_process=True, motd=False, access_log=False
        )
    except RuntimeError as error:
        # So says the event loop when a signal stops it while the start listeners still run.
        if "stopped before Future completed" not in str(error):
            raise
        log.info("stopped while starting")

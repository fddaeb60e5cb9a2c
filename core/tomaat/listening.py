"""The socket that a server listens on."""

from __future__ import annotations

import os
import socket

from tomaat.errors import SettingsError

BACKLOG = 1024
"""Connections that may wait to be taken."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Made first of all: an address that can't be had is said before anything else is done.

    Raises :class:`~tomaat.errors.SettingsError` where the address is taken, or is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.getaddrinfo(host or None, port, family, socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return socket.create_server(found[0][4], family=family, backlog=BACKLOG)
    except socket.gaierror as error:
        raise SettingsError(f"Can't listen on {host}: {error.strerror}. Choose another with --host.") from error
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise SettingsError(
            f"Can't listen on {host}:{port}: {reason}. Choose another with --port or --host."
        ) from error


def url_of(listening: socket.socket, *, https: bool) -> str:
    """Where a server is that listens on this socket; without a slash at its end."""
    address, port, *_ = listening.getsockname()
    scheme, name = "https" if https else "http", f"[{address}]" if ":" in address else address
    return f"{scheme}://{name}:{port}"

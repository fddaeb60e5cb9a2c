"""Stop a host when it is told to, and faster when it is told twice."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from sanic import Sanic

from tomaat.host.host import Host

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 3.0
"""Seconds that open connections have at the very end: for answers that are on their way."""
HURRY = 0.3
"""The same where somebody is in a hurry."""


def stop_on_signals(host: Host, sanic: Sanic[Any, Any]) -> None:
    """Have the host drained, then stopped, when Sanic stops; the second signal ends the draining, a third one all.

    Sanic stops its loop at the first signal and takes its own handlers back. Then it runs this listener on that loop:
    meanwhile the socket still listens, and requests are answered as before.
    """
    sanic.config.GRACEFUL_SHUTDOWN_TIMEOUT = GRACE

    @sanic.before_server_stop
    async def stop(_: Sanic[Any, Any]) -> None:
        loop, hurry = asyncio.get_running_loop(), asyncio.Event()

        def again() -> None:
            hurry.set()
            sanic.config.GRACEFUL_SHUTDOWN_TIMEOUT = HURRY
            for number in SIGNALS:
                loop.remove_signal_handler(number)

        for number in SIGNALS:
            loop.add_signal_handler(number, again)
        await host.stop(hurry)

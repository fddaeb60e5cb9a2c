"""A line in the log for each request."""

from __future__ import annotations

import logging

from tomaat.traffic.answered import Answered

log = logging.getLogger("tomaat.access")

QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""What supervisors ask every few seconds is logged only if it fails."""


def log_request(answered: Answered) -> None:
    """Write a request's line: nothing of a path, a query, a header or a body is in it."""
    if answered.route in QUIET and answered.status < 400:
        return
    log.info(
        "%s %s %d",
        answered.method,
        answered.route,
        answered.status,
        extra={
            "said": {"method": answered.method, "route": answered.route, "status": answered.status},
            "fields": {
                "seconds": round(answered.seconds, 6),
                "received": answered.received,
                "sent": answered.sent,
                "caller": answered.caller,
            },
        },
    )

"""``X-Request-Id``: what a request is called in answers, logs, traces and jobs."""

from __future__ import annotations

import os
import re

from sanic import Request

HEADER = "X-Request-Id"
TRACEPARENT = "traceparent"
"""Where a client says which trace its request belongs to."""
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def request_id(request: Request) -> str:
    """The request's id: its client's, where that is one, or else a new one. The same each time that it is asked."""
    known: str | None = getattr(request.ctx, "request_id", None)
    if known is None:
        sent = request.headers.get(HEADER, "")
        known = request.ctx.request_id = sent if SANE.fullmatch(sent) else os.urandom(8).hex()
    return known

"""A request as a host reads it: without a key in its path, and HEAD as a GET whose body is not sent."""

from __future__ import annotations

import re
from typing import Any

from sanic import Request

IN_PATH = re.compile(rb"/k/([A-Za-z0-9_-]{1,200})(?=[/?]|$)")
"""Where a client that can send no header has its key."""


class HostRequest(Request):
    """:class:`sanic.Request`, of whose path nothing that is logged or answered shows a key.

    ``ctx.path_key`` is the key that stood in the path, and ``ctx.prefix`` what links have to begin with for that
    client; both are empty for most requests.
    """

    def __init__(
        self,
        url_bytes: bytes,
        headers: Any,
        version: str,
        method: str,
        transport: Any,
        app: Any,
        head: bytes = b"",
        stream_id: int = 0,
    ) -> None:
        found = IN_PATH.match(url_bytes) if app.config.get("PATH_KEYS") else None
        if found is not None:
            rest = url_bytes[found.end() :]
            url_bytes = rest if rest.startswith(b"/") else b"/" + rest
        # Sanic leaves the body away by itself, whatever method the handler is told.
        method = "GET" if method == "HEAD" else method
        super().__init__(url_bytes, headers, version, method, transport, app, head, stream_id)
        self.ctx.path_key = found[1].decode() if found else ""
        self.ctx.prefix = found[0].decode() if found else ""

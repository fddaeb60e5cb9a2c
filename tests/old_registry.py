"""An announcement service as the first TOMAAT's: its routes, answers and sentences, on a free port."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FIELDS = ("api_key", "prediction_url", "interface_url", "name", "modality", "anatomy", "task", "description")
NOT_KNOWN = "Your API KEY has not been recognized. Contact the administrator of the announcement service "


class OldRegistry:
    """One that runs until :meth:`stop`.

    :ivar keys: those that may announce; one service is kept for each.
    :ivar entries: what is listed, by key.
    :ivar asked: each request: its verb and path.
    :ivar bodies: what was announced, as it came.
    """

    def __init__(self, keys: tuple[str, ...] = ("k" * 64,)) -> None:
        self.keys = keys
        self.entries: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self._server = serve(self._answer)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Stop, and forget nothing."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked.append((request.command, request.path))
        routes = {("POST", "/announce"): self._announce, ("GET", "/discover"): self._discover}
        route = routes.get((request.command, request.path))
        if route is None:
            respond(request, 404, b"<h1>Not Found</h1>", "text/html")
        else:
            respond(request, 200, json.dumps(route(body)).encode(), "text/html; charset=utf-8")

    def _announce(self, body: bytes) -> dict[str, Any]:
        said = json.loads(body)
        self.bodies.append(said)
        missing = [field for field in FIELDS if field not in said]
        if missing:
            return {"status": len(missing), "error": "".join(f"No {field} specified " for field in missing)}
        if said["api_key"] not in self.keys:
            return {"status": 1, "error": NOT_KNOWN}
        self.entries[said["api_key"]] = said | {"creation_time": time.time()}
        return {"status": 0, "error": ""}

    def _discover(self, body: bytes) -> list[dict[str, Any]]:
        return [entry | {"SID": key[:7], "api_key": ""} for key, entry in self.entries.items()]


def serve(answer: Callable[[BaseHTTPRequestHandler, bytes], None], port: int = 0) -> ThreadingHTTPServer:
    """A web server in threads of its own that answers each request with ``answer``, which is given the body, too."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        do_POST = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Keeps quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()  # looks so often for its end
    return server


def respond(
    request: BaseHTTPRequestHandler, status: int, body: bytes, content_type: str = "application/json", **headers: str
) -> None:
    """Answer a request; ``_`` in a header's name stands for ``-``."""
    request.send_response(status)
    for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)

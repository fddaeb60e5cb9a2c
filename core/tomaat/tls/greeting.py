"""A server without TLS tells a client that begins with it at once, which would wait a minute for an answer else."""

from __future__ import annotations

from sanic.http import Stage
from sanic.server import HttpProtocol

GREETING = b"\x16\x03"
"""How each TLS connection begins, and no request of HTTP does."""
ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"This server speaks HTTP, without TLS: write http:// before its address.\n"
)


class GreetedProtocol(HttpProtocol):
    """HTTP, for ``Sanic.run(protocol=...)``."""

    def data_received(self, data: bytes) -> None:
        if data.startswith(GREETING) and not self.recv_buffer and self._http.stage is Stage.IDLE and self.transport:
            self.transport.write(ANSWER)  # from which TLS libraries tell that it is plain HTTP
            self.transport.close()
            return
        super().data_received(data)

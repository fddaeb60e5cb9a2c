"""Talk to a host byte by byte, as a client does that hangs up, or sends more than it may."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from hosts import RunningHost

BOUNDARY = b"b"
CLOSING = b"\r\n--b--\r\n"


def part(field: str, content: bytes = b"", filename: str = "upload") -> bytes:
    """The beginning of a form whose last part is this one."""
    head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n\r\n'
    return head.encode() + content


class Wire:
    """An open connection."""

    def __init__(self, host: RunningHost) -> None:
        address = host.url.removeprefix("http://").split(":")
        self._socket = socket.create_connection((address[0], int(address[1])), timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        self._socket.close()

    def head(self, path: str, length: int | None = None, **headers: str) -> None:
        """Begin a form; without a length it is chunked. A header's name is written with ``_`` for ``-``."""
        size = f"Content-Length: {length}" if length is not None else "Transfer-Encoding: chunked"
        kind = "Content-Type: multipart/form-data; boundary=b"
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.send(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{size}\r\n{kind}\r\n{more}\r\n".encode())

    def send(self, content: bytes) -> None:
        self._socket.sendall(content)

    def chunk(self, content: bytes) -> None:
        """Send one chunk of a chunked body."""
        self.send(f"{len(content):x}\r\n".encode() + content + b"\r\n")

    def answer(self) -> bytes:
        """What the host says: all of it, or as much as there is when it closes or pauses."""
        received = b""
        try:
            while piece := self._socket.recv(65536):
                received += piece
                head, _, body = received.partition(b"\r\n\r\n")
                if b"content-length: %d" % len(body) in head.lower():
                    break
        except (TimeoutError, ConnectionError):
            pass
        return received


@contextmanager
def wire(host: RunningHost) -> Iterator[Wire]:
    """A connection that is closed at the end."""
    with Wire(host) as line:
        yield line

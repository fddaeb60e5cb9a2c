"""HTTP/1.1 over one bare socket: a client that costs next to nothing, so that the servers are what is measured."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

BOUNDARY = "tomaat-benchmark-5c1f"
PATIENCE = 300.0
"""Seconds that an answer may take."""

SMALL = 2**16
"""Bytes of a body that is sent in one go with its head."""

Piece = bytes | Path
"""A part of a request: bytes, or a file that is sent as it is read."""


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One keep-alive connection. Raises :class:`OSError` when the server hangs up."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._socket = socket.create_connection((where.hostname or "", where.port or 80), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb", buffering=2**18)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exception: object) -> None:
        self._reader.close()
        self._socket.close()

    def ask(self, *request: Piece) -> Answer:
        """Send a request and read its whole answer."""
        for piece in request:
            if isinstance(piece, bytes):
                self._socket.sendall(piece)
            else:
                with piece.open("rb") as file:
                    self._socket.sendfile(file)
        status = int(self._line().split(maxsplit=2)[1])
        headers = {}
        while line := self._line():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding") == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self._reader.read(int(headers.get("content-length", 0)))
        return Answer(status, headers, body)

    def _line(self) -> str:
        line = self._reader.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the server hung up")
        return line.decode("latin-1").rstrip("\r\n")

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._line(), 16):
            yield self._reader.read(size)
            self._line()
        self._line()


def get(path: str) -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(path: str, kind: str, *body: Piece, accept: str = "*/*") -> list[Piece]:
    """A POST request; one piece, sent at once, if its body is short."""
    length = sum(len(piece) if isinstance(piece, bytes) else os.stat(piece).st_size for piece in body)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
    pieces: list[Piece] = [head, *body]
    if length < SMALL:
        return [b"".join(piece if isinstance(piece, bytes) else piece.read_bytes() for piece in pieces)]
    return pieces


def form(
    path: str, fields: Mapping[str, str], *, accept: str = "*/*", filename: str = "", **files: list[Piece]
) -> list[Piece]:
    """A POST request with a form: texts, and files as plain fields without a name, as old clients send them.

    :param filename: of all files, for servers that take none without.
    """
    body: list[Piece] = [_part(name) + value.encode() + b"\r\n" for name, value in fields.items()]
    for name, pieces in files.items():
        body += [_part(name, filename), *pieces, b"\r\n"]
    body.append(f"--{BOUNDARY}--\r\n".encode())
    return post(path, f"multipart/form-data; boundary={BOUNDARY}", *body, accept=accept)


def _part(name: str, filename: str = "") -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()


def expect(answer: Answer, status: int = 200) -> Answer:
    """The answer; raises :class:`RuntimeError` unless it has this status."""
    if answer.status != status:
        raise RuntimeError(f"status {answer.status} instead of {status}: {answer.body[:500]!r}")
    return answer


def server_timings(answer: Answer) -> dict[str, float]:
    """The seconds by stage that the answer's ``Server-Timing`` tells."""
    entries = (entry.strip().partition(";dur=") for entry in answer.headers["server-timing"].split(","))
    return {stage: float(milliseconds) / 1000 for stage, _, milliseconds in entries}

"""Servers that stand where an endpoint should: some well, some ill."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

INTERFACE = b'[{"type": "volume", "destination": "image"}]'

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def standing(behave: Behave, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The URL, without a path, of a server that treats each connection as ``behave`` says."""
    treated: set[asyncio.Task[None]] = set()

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        treated.add(task)
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # who asked has gone, or the test is over
        finally:
            treated.discard(task)
            writer.close()

    server = await asyncio.start_server(treat, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in treated:
            task.cancel()


def answering(
    body: bytes = INTERFACE, status: str = "200 OK", headers: str = "", asked: list[bytes] | None = None
) -> Behave:
    """One that answers.

    :param asked: gets the head of each request.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(head)
        length = "" if "Transfer-Encoding" in headers else f"Content-Length: {len(body)}\r\n"
        writer.write(f"HTTP/1.1 {status}\r\n{length}{headers}\r\n".encode() + body)
        await writer.drain()

    return answer


async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the request, and leaves it at that."""
    await reader.read()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the request and leaves."""
    await reader.readuntil(b"\r\n\r\n")


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers a byte now and then, so that each read has something."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def drips_its_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never comes to the end of its headers."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def pours(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers without an end, as fast as it is read."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    while True:
        writer.write(b"0," * 50_000)
        await writer.drain()


async def pours_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers with headers without an end, as fast as they are read."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n" * 10_000)
        await writer.drain()


async def speaks_otherwise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Is no web server."""
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await reader.readline()

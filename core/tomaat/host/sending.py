"""Send a file as it is read: no result is held in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from sanic import HTTPResponse, Request
from sanic.exceptions import HeaderNotFound, RangeNotSatisfiable
from sanic.handlers import ContentRangeHandler

CHUNK = 2**18
SMALL = 2**16
"""Bytes that are read and sent in one go: a text or a few points are not worth a thread."""


async def read_chunks(path: Path, offset: int = 0, size: int | None = None) -> AsyncIterator[bytes]:
    """The file's bytes from ``offset`` on, ``size`` of them at most, read in a thread."""
    left = path.stat().st_size - offset if size is None else size
    with path.open("rb") as file:
        file.seek(offset)
        while left > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


async def send_text(request: Request, text: str, media_type: str, headers: dict[str, str]) -> None:
    """Answer with a result that is a short text and no file."""
    response = await request.respond(HTTPResponse(text, 200, headers, media_type))
    await response.send(end_stream=True)


async def send_file(request: Request, path: Path, media_type: str, headers: dict[str, str]) -> None:
    """Answer with a file, or with the range of it that the request asks for."""
    total = path.stat().st_size
    offset, size, status = 0, total, 200
    headers = headers | {"Accept-Ranges": "bytes"}
    try:
        asked = ContentRangeHandler(request, path.stat())
        if asked.size:
            offset, status = int(asked.start or 0), 206
            if offset >= total:
                raise RangeNotSatisfiable("past the end", asked)
            size = min(int(asked.size), total - offset)
            headers["Content-Range"] = f"bytes {offset}-{offset + size - 1}/{total}"
    except HeaderNotFound:
        pass
    except RangeNotSatisfiable:
        offset, size, status = 0, 0, 416
        headers["Content-Range"] = f"bytes */{total}"
    headers["Content-Length"] = str(size)
    if getattr(request.stream, "head_only", False):  # Sanic calls the method GET then
        empty = await request.respond(HTTPResponse(None, status, headers, media_type))
        await empty.send(end_stream=True)
        return
    if size <= SMALL:
        with path.open("rb") as file:
            file.seek(offset)
            small = await request.respond(HTTPResponse(file.read(size), status, headers, media_type))
        await small.send(end_stream=True)
        return
    response = await request.respond(status=status, headers=headers, content_type=media_type)
    async for chunk in read_chunks(path, offset, size):
        await response.send(chunk)
    await response.eof()

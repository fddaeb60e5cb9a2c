"""Take a multipart/form-data request to disk as it arrives: no upload is held in memory."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from tomaat.errors import MalformedRequest, QuotaExceeded, TooLarge
from tomaat.host.body import Body
from tomaat.workers.work import Received, make_folder

BATCH = 2**20
"""Bytes that are gathered before a thread writes them: enough to be cheap, little beside what a volume takes."""
LONGEST_TEXT = 4 * 2**20
"""Bytes that a form field may have that is no file."""
MOST_PARTS = 256


class Sink(Protocol):
    """Where one part of a form goes."""

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes."""

    async def close(self) -> None:
        """There are no more."""

    async def abandon(self) -> None:
        """The request is given up."""

    def received(self) -> Received:
        """What the worker is told of it."""


class Decoder(Protocol):
    """Turns a part's bytes into the file's bytes, as they come: a protocol may send base64."""

    def feed(self, chunk: bytes) -> bytes: ...

    def end(self) -> bytes: ...


class Plain:
    """Bytes that are the file's own."""

    def feed(self, chunk: bytes) -> bytes:
        return chunk

    def end(self) -> bytes:
        return b""


class TextSink:
    """A short form field, kept in memory. Raises :class:`TooLarge`, :class:`MalformedRequest`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._content = bytearray()

    async def write(self, chunk: bytes) -> None:
        self._content += chunk
        if len(self._content) > LONGEST_TEXT:
            raise TooLarge(f"The field {self._name!r} is a text of over {LONGEST_TEXT} bytes.", field=self._name)

    async def close(self) -> None:
        pass

    async def abandon(self) -> None:
        pass

    def text(self) -> str:
        """The field's text."""
        try:
            return self._content.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedRequest(f"The field {self._name!r} is no UTF-8 text.", field=self._name) from None

    def received(self) -> Received:
        return Received(text=self.text())


class FileSink:
    """A file on disk, written and digested in a thread. Raises :class:`QuotaExceeded` when the disk is full."""

    def __init__(self, folder: Path, name: str, decoder: Decoder | None = None) -> None:
        self._name = name
        make_folder(folder)
        self._file = (folder / name).open("xb", buffering=0)
        self._digest = hashlib.sha256()
        self._decoder = decoder or Plain()
        self._chunks: list[bytes] = []
        self._gathered = 0
        self._writing: asyncio.Task[None] | None = None
        self.size = 0

    async def write(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._gathered += len(chunk)
        if self._gathered >= BATCH:
            await self._written()
            chunks, self._chunks, self._gathered = self._chunks, [], 0
            # The next batch arrives while a thread decodes, digests and writes this one.
            self._writing = asyncio.create_task(asyncio.to_thread(self._flush, chunks))

    async def close(self) -> None:
        await self._written()
        self._writing = asyncio.create_task(asyncio.to_thread(self._finish))
        await self._written()

    async def abandon(self) -> None:
        try:
            await self._written()
        finally:
            self._file.close()

    def received(self) -> Received:
        return Received(file=self._name, sha256=self._digest.hexdigest())

    async def _written(self) -> None:
        """Wait for the batch that is being written; raises what went wrong with it.

        A client that leaves ends the waiting, but not the thread: the file is not closed under it.
        """
        if self._writing is not None:
            await asyncio.shield(self._writing)
            self._writing = None

    def _flush(self, chunks: list[bytes]) -> None:
        self._put(self._decoder.feed(b"".join(chunks)))

    def _finish(self) -> None:
        try:
            self._flush(self._chunks)
            self._put(self._decoder.end())
        finally:
            self._file.close()

    def _put(self, content: bytes) -> None:
        view = memoryview(content)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise QuotaExceeded("The host's disk is full. Try again later, or ask its administrator.") from error
        self._digest.update(content)
        self.size += len(content)


Choose = Callable[[str, MultipartSegment], Sink | None]
"""Says where the part with this name goes; ``None`` passes it over."""


async def receive_body(body: Body, sink: Sink) -> None:
    """Read a request's body, which is one file, into ``sink``. Raises what :meth:`Body.read` and the sink raise."""
    try:
        while (chunk := await body.read()) is not None:
            await sink.write(chunk)
        await sink.close()
    except BaseException:
        with suppress(Exception):  # the first thing that went wrong is what the client is told
            await sink.abandon()
        raise


async def receive(body: Body, choose: Choose) -> dict[str, Sink]:
    """Read a request's form; returns the sinks that ``choose`` gave, by name.

    Raises :class:`MalformedRequest` for what is no multipart/form-data, and what :meth:`Body.read` and a sink raise.
    """
    sinks: dict[str, Sink] = {}
    sink: Sink | None = None
    try:
        async for event in _events(body):
            if isinstance(event, MultipartSegment):
                sink = _open(event, sinks, choose)
            elif sink is not None and event is not None:
                await sink.write(event)
            elif sink is not None:
                await sink.close()
    except BaseException as error:
        for opened in sinks.values():
            with suppress(Exception):  # the first thing that went wrong is what the client is told
                await opened.abandon()
        if isinstance(error, MultipartError):
            raise MalformedRequest(f"The request's body is no complete multipart/form-data: {error}.") from error
        raise
    return sinks


def _open(segment: MultipartSegment, sinks: dict[str, Sink], choose: Choose) -> Sink | None:
    name = segment.name or ""
    if name in sinks:
        raise MalformedRequest(f"The field {name!r} was sent twice.", field=name)
    sink = choose(name, segment)
    if sink is not None:
        sinks[name] = sink
    return sink


async def _events(body: Body) -> AsyncIterator[Any]:
    kind, options = parse_options_header(body.content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise MalformedRequest("Send multipart/form-data, one part for each input; a browser or curl -F does so.")
    parser = PushMultipartParser(options["boundary"], max_segment_count=MOST_PARTS)
    with parser:
        while not parser.closed:
            chunk = await body.read()
            for event in parser.parse(chunk or b""):
                yield event

"""How long a connection waits for its client: for a head, for what is still sent after the answer, for the answer to be
read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sanic.exceptions import BadURL, RequestCancelled
from sanic.http import Http, Stage
from sanic.response import BaseHTTPResponse

from tomaat.tls.greeting import GreetedProtocol

UNREAD = 60.0
"""Seconds that a client may take to read what lies ready for it, some 50 KiB."""
LINGER = 30.0
"""Seconds for which the rest of a request is read, and thrown away, that was answered before it was whole: most clients
look for an answer only when they have sent all, and would else see that they were hung up on."""
SILENCE = 5.0
"""Seconds without a byte after which no more of it is waited for."""
LITTLE = 2**16
"""Bytes of a request that are read after its answer without ending the connection."""


class PatientHttp(Http):
    """HTTP/1.1 whose early answers reach their clients."""

    __slots__ = ()

    def respond(self, response: BaseHTTPResponse) -> BaseHTTPResponse:
        """Begin to answer; a refusal ends the connection if much of the request is still to come."""
        if response.status >= 400 and self.request_body:
            if self.expecting_continue:  # such a client sends nothing until it is told to, and so it never has to
                self.expecting_continue, self.request_body, self.keep_alive = False, None, False
            elif self._chunked or (self.request_bytes_left or 0) > LITTLE:
                self.keep_alive = False
        return super().respond(response)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The rest of the request's body. Sanic asks for it once more after the answer, to be rid of it."""
        if self.stage is Stage.IDLE:
            await self._linger()
            return
        while self.request_body:
            if chunk := await self.read():
                yield chunk

    def create_empty_request(self) -> None:
        """The request that an answer to what is none is an answer to."""
        try:
            super().create_empty_request()
        except BadURL:  # Sanic would log where it stands, and hang up without a word
            self.url = "*"
            super().create_empty_request()

    @property
    def _chunked(self) -> bool:
        return bool(self.request.headers.get("transfer-encoding") == "chunked")

    async def _linger(self) -> None:
        self.request_max_size = self.protocol.request_max_size  # no more than the server ever takes
        try:
            async with asyncio.timeout(LINGER):
                while self.request_body:
                    async with asyncio.timeout(SILENCE):
                        await self.read()
        except TimeoutError:
            self.request_body, self.keep_alive = None, False


class PatientProtocol(GreetedProtocol):
    """HTTP, for ``Sanic.run(protocol=...)``; no client holds a connection for longer than it has use for it."""

    HTTP_CLASS = PatientHttp

    def data_received(self, data: bytes) -> None:
        begun, in_head = self._time, self.http is not None and self.http.stage is Stage.REQUEST
        super().data_received(data)
        if in_head:  # so many seconds are for the head from its first byte on, and not from one byte to the next
            self._time = begun

    async def send(self, data: bytes) -> None:
        """Write, as fast as the client reads."""
        if not self._can_write.is_set():
            try:
                async with asyncio.timeout(UNREAD):
                    await self._can_write.wait()
            except TimeoutError:
                self.abort()  # type: ignore[no-untyped-call]
                raise RequestCancelled from None
        await super().send(data)  # type: ignore[no-untyped-call]

"""A request's body while it comes: so many bytes, with so much patience, and only while there is room for them."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from sanic import Request
from sanic.exceptions import PayloadTooLarge
from sanic.http import Http

from tomaat.errors import TooLarge, UploadTimeout
from tomaat.jobs.admission import SMALL
from tomaat.jobs.space import Claim, mib

SLOWEST = 8 * 2**10
"""Bytes per second that a client sends on average, or it is not waited for: an ISDN line had as many."""


def length_of(request: Request) -> int | None:
    """The bytes that a request's body has; ``None`` where it does not say so."""
    if request.headers.get("transfer-encoding") == "chunked":
        return None
    return int(cast(Http, request.stream).request_bytes or 0)


class Body:
    """What a route with ``stream=True`` reads its request's body from.

    :param limit: bytes that it may have, as they are sent: base64 and the form's own lines count.
    :param taker: who has this limit, for the person who sent too much.
    :param patience: seconds without a byte after which it is given up; from then on it also must not come too slowly.
    :param claim: the room that there is for it on the disk, if it goes there.

    Raises :class:`TooLarge` at once for one that says it is.
    """

    def __init__(
        self, request: Request, limit: int, *, taker: str = "this host", patience: float, claim: Claim | None = None
    ) -> None:
        self.content_type = request.headers.get("content-type", "")
        self._stream = cast(Http, request.stream)
        self._stream.request_max_size = limit  # Sanic lifts its own limit for streams
        self._too_large = TooLarge(f"The request is larger than the {mib(limit)} that {taker} takes at once.")
        self._patience = patience
        self._claim = claim
        self._waited = 0.0
        self._size = 0
        if (length_of(request) or 0) > limit:
            raise self._too_large

    async def read(self) -> bytes | None:
        """The next bytes; ``None`` when there are no more.

        Raises :class:`TooLarge`, :class:`UploadTimeout`, and :class:`QuotaExceeded` when the disk gets full.
        """
        if self._is_there:
            chunk = await self._stream.read()
            if chunk is not None:
                self._count(len(chunk))
            return chunk
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            async with asyncio.timeout(self._patience):
                chunk = await self._stream.read()
        except TimeoutError:
            raise UploadTimeout(
                f"Nothing has come for {self._patience:g} s in the middle of the upload. Send it again."
            ) from None
        except PayloadTooLarge:
            raise self._too_large from None
        self._waited += clock() - begun
        if chunk is not None:
            self._count(len(chunk))
        return chunk

    @property
    def _is_there(self) -> bool:
        """Whether reading waits for nobody, so that no timer is needed: a short form comes with its head."""
        stream: Any = self._stream
        if stream.expecting_continue or stream.request_body == "chunked":
            return False
        if stream.request_bytes > stream.request_max_size:
            return False
        return bool(stream.recv_buffer or not stream.request_bytes_left)

    def _count(self, size: int) -> None:
        self._size += size
        if self._claim is not None:
            self._claim.arrived(size)
        if self._waited > self._patience and self._size < SLOWEST * self._waited:
            raise UploadTimeout(f"The upload comes more slowly than {mib(SLOWEST)} a second: too slow to wait for.")


async def read_small(request: Request, patience: float) -> bytes:
    """A whole body that has no file in it. Raises what :class:`Body` raises."""
    body, pieces = Body(request, SMALL, patience=patience), bytearray()
    while (chunk := await body.read()) is not None:
        pieces += chunk
    return bytes(pieces)

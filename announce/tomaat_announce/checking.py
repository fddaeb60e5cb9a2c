"""Ask one endpoint whether it is there."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

import h11
import orjson

from tomaat_announce.addresses import NotAllowed, Resolver, is_public, open_connection, unverified

log = logging.getLogger(__name__)

LONGEST = 256 * 1024
"""Bytes of an interface that are read; none is as long."""
PIECE = 64 * 1024
TRIED = 3
"""Addresses of a name that are tried, one after the other."""


class Outcome(StrEnum):
    """What a check found."""

    ALIVE = "alive"
    NO_INTERFACE = "no_interface"
    """Something answers, with another status than 200, or 401 for want of a key, or with what is no interface."""
    NO_ANSWER = "no_answer"
    """No connection, or one that broke."""
    TIMEOUT = "timeout"
    NO_HOST = "no_host"
    """The name stands for no address."""
    NOT_ALLOWED = "not_allowed"
    """Its address is private, and the settings keep us from asking it."""


class Checker:
    """Asks endpoints for their interface.

    :param private: whether private addresses may be connected to.
    :param timeout: seconds in which the whole answer has to be there.
    """

    # Written upon h11: a check with httpx takes three times the processor, and there may be hundreds a second.
    def __init__(self, resolver: Resolver, *, private: bool, timeout: float) -> None:
        self._resolver = resolver
        self._private = private
        self._timeout = timeout
        self._tls = unverified()

    async def check(self, interface_url: str) -> Outcome:
        """What is there now. Redirects are not followed, certificates not verified, and nothing secret is sent."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._ask(urlsplit(interface_url))
        except TimeoutError:
            return Outcome.TIMEOUT
        except NotAllowed:
            return Outcome.NOT_ALLOWED
        except socket.gaierror:
            return Outcome.NO_HOST
        except OSError:
            return Outcome.NO_ANSWER
        except h11.ProtocolError:
            return Outcome.NO_INTERFACE

    async def _ask(self, url: SplitResult) -> Outcome:
        host, secure = url.hostname or "", url.scheme == "https"
        addresses = await self._resolver.resolve(host, self._timeout)
        allowed = [address for address in addresses if self._private or is_public(address)]
        port = url.port or (443 if secure else 80)
        reader, writer = await open_connection(allowed[:TRIED], host, port, self._tls if secure else None)
        try:
            connection = h11.Connection(h11.CLIENT)
            writer.write(connection.send(_request(url)))
            return await _read(connection, reader)
        finally:
            writer.transport.abort()  # all is read that is wanted; a polite end would wait for the other side


def _request(url: SplitResult) -> h11.Request:
    headers = {
        "Host": url.netloc,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "tomaat-announce",
    }
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return h11.Request(method="GET", target=target, headers=list(headers.items()))


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> Outcome:
    body = bytearray()
    async for event in _events(connection, reader):
        match event:
            case h11.Response(status_code=401):  # it asks for a key, and so it is there
                return Outcome.ALIVE
            case h11.Response(status_code=status) if status != 200:
                return Outcome.NO_INTERFACE
            case h11.Data(data=data):
                body += data
            case h11.EndOfMessage():
                return Outcome.ALIVE if _is_interface(body) else Outcome.NO_INTERFACE
        if len(body) > LONGEST:
            return Outcome.NO_INTERFACE
    return Outcome.NO_ANSWER


async def _events(connection: h11.Connection, reader: asyncio.StreamReader) -> AsyncIterator[h11.Event]:
    while True:
        event = connection.next_event()
        if event is h11.PAUSED:
            return
        if isinstance(event, h11.Event):
            yield event
            continue
        data = await reader.read(PIECE)
        if not data and connection.their_state is h11.SEND_RESPONSE:
            raise ConnectionResetError("hung up before it answered")
        connection.receive_data(data)


def _is_interface(body: bytearray) -> bool:
    try:
        return isinstance(orjson.loads(body), list)
    except orjson.JSONDecodeError:
        return False
